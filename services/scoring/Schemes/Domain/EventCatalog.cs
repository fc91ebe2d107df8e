using System.Collections.Frozen;
using System.Collections.Immutable;
using Jiceng.Scoring.Subjects.Domain;

namespace Jiceng.Scoring.Schemes.Domain;

internal enum FieldKind
{
    Text,
    Number,
    Flag,
}

internal sealed record EventField(string Name, FieldKind Kind);

internal sealed record EventRole(string Name, SubjectKind Subject);

/// <summary>An event that rules can name, with the fields and roles that they can name.</summary>
internal sealed record EventType(string Type, string Title, ImmutableArray<EventField> Fields, ImmutableArray<EventRole> Roles)
{
    public EventField? Field(string name) => Fields.FirstOrDefault(field => field.Name == name);

    public EventRole? Role(string name) => Roles.FirstOrDefault(role => role.Name == name);
}

/// <summary>Every event that gives points. Rules can name no other.</summary>
internal sealed class EventCatalog
{
    private readonly FrozenDictionary<string, EventType> _byType;

    public EventCatalog(IEnumerable<EventType> types)
    {
        All = [.. types];
        _byType = All.ToFrozenDictionary(type => type.Type, StringComparer.Ordinal);
    }

    public ImmutableArray<EventType> All { get; }

    public EventType? Find(string type) => _byType.GetValueOrDefault(type);
}
