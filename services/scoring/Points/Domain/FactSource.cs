using System.Collections.Immutable;
using System.Globalization;
using Jiceng.Domain;
using Jiceng.Scoring.Schemes.Domain;
using Jiceng.Scoring.Subjects.Domain;

namespace Jiceng.Scoring.Points.Domain;

/// <summary>Turns an event into a fact, and declares the fields and roles of it that rules can name.</summary>
/// <param name="type">CloudEvents type.</param>
/// <param name="title">Title for those who write rules, in Chinese.</param>
/// <param name="matterId">Id of what the event is about.</param>
/// <param name="day">The day that decides scheme version and period, Asia/Shanghai.</param>
/// <param name="label">What happened, in Chinese, for the reason of the entry.</param>
internal sealed class FactSource<T>(string type, string title, Func<T, string> matterId, Func<T, DateOnly> day, Func<T, string> label)
{
    private readonly List<(EventField Field, Func<T, string> Value)> _fields = [];
    private readonly List<(EventRole Role, Func<T, IEnumerable<SubjectRef>> Subjects)> _roles = [];

    public EventType EventType => new(type, title, [.. _fields.Select(declared => declared.Field)], [.. _roles.Select(declared => declared.Role)]);

    public FactSource<T> Text(string name, Func<T, string> value) => Field(name, FieldKind.Text, value);

    public FactSource<T> Flag(string name, Func<T, bool> value) => Field(name, FieldKind.Flag, happened => value(happened) ? "true" : "false");

    public FactSource<T> Number(string name, Func<T, int> value) =>
        Field(name, FieldKind.Number, happened => value(happened).ToString(CultureInfo.InvariantCulture));

    /// <summary>Persons with a role. An empty id means that nobody had it.</summary>
    public FactSource<T> Persons(string role, Func<T, IEnumerable<string>> ids) =>
        Role(role, SubjectKind.Person, happened => ids(happened).Where(id => id.Length > 0).Distinct().Select(SubjectRef.Person));

    /// <summary>A person with a role. An empty id means that nobody had it.</summary>
    public FactSource<T> Person(string role, Func<T, string> id) => Persons(role, happened => [id(happened)]);

    /// <summary>An organisation with a role. An empty id means that none had it.</summary>
    public FactSource<T> Organization(string role, Func<T, string> id) =>
        Role(role, SubjectKind.Organization, happened => id(happened) is { Length: > 0 } given ? [SubjectRef.Organization(given)] : []);

    /// <summary>A grid node with a role. An empty code means that none had it.</summary>
    public FactSource<T> Node(string role, Func<T, string> code) =>
        Role(role, SubjectKind.GridNode, happened => code(happened) is { Length: > 0 } given ? [SubjectRef.Node(PlaceCode.Parse(given, "node_code"))] : []);

    /// <summary>The event as a fact. Its time is cut as PostgreSQL keeps it: the hash of an entry has to be the same after it was stored.</summary>
    public Fact ToFact(T happened, Guid eventId, DateTimeOffset time, string traceId) => new()
    {
        EventId = eventId,
        Type = type,
        MatterId = matterId(happened),
        Time = time.TruncatedToMicroseconds(),
        Day = day(happened),
        TraceId = traceId,
        Label = label(happened),
        Fields = _fields.ToImmutableSortedDictionary(field => field.Field.Name, field => field.Value(happened), StringComparer.Ordinal),
        Parts = [.. from role in _roles from subject in role.Subjects(happened) select new Part(role.Role.Name, subject)],
    };

    private FactSource<T> Field(string name, FieldKind kind, Func<T, string> value)
    {
        _fields.Add((new EventField(name, kind), value));
        return this;
    }

    private FactSource<T> Role(string name, SubjectKind kind, Func<T, IEnumerable<SubjectRef>> subjects)
    {
        _roles.Add((new EventRole(name, kind), subjects));
        return this;
    }
}
