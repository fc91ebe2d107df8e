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

/// <summary>An event that rules can hear, with the fields and roles that they can name.</summary>
internal sealed record EventType(string Type, string Title, ImmutableArray<EventField> Fields, ImmutableArray<EventRole> Roles)
{
    public EventField? Field(string name) => Fields.FirstOrDefault(field => field.Name == name);

    public EventRole? Role(string name) => Roles.FirstOrDefault(role => role.Name == name);
}

/// <summary>Every event that rules can hear. What is not here gives nobody points.</summary>
internal static class EventCatalog
{
    public const string CaseClosed = "jiceng.grid.case.closed.v1";
    public const string CaseOverdue = "jiceng.grid.case.overdue.v1";
    public const string CaseRated = "jiceng.grid.case.rated.v1";
    public const string CommendationRecorded = "jiceng.cadre.commendation.recorded.v1";
    public const string NoticeRecorded = "jiceng.cadre.notice.recorded.v1";

    /// <summary>Made and scored inside this service when an item is verified; published to nobody.</summary>
    public const string ItemVerified = "jiceng.scoring.item.verified.v1";

    private static readonly EventRole Handler = new("handler", SubjectKind.Person);
    private static readonly EventRole Node = new("node", SubjectKind.GridNode);
    private static readonly EventRole Person = new("person", SubjectKind.Person);
    private static readonly EventRole Organization = new("organization", SubjectKind.Organization);
    private static readonly EventField Category = new("category", FieldKind.Text);
    private static readonly EventField Major = new("category_major", FieldKind.Text);
    private static readonly ImmutableArray<EventField> RecordFields = [new("level", FieldKind.Text), new("topic", FieldKind.Text)];

    public static ImmutableArray<EventType> All { get; } =
    [
        new(
            CaseClosed,
            "事件结案",
            [
                Category, Major, new("urgency", FieldKind.Text), new("on_time", FieldKind.Flag), new("on_the_spot", FieldKind.Flag),
                new("verified_by_other", FieldKind.Flag), new("rework_count", FieldKind.Number), new("close_count", FieldKind.Number),
                new("handler_count", FieldKind.Number),
            ],
            [Handler, new("reporter", SubjectKind.Person), new("verifier", SubjectKind.Person), Node]),
        new(CaseOverdue, "事件超期", [Category, Major, new("stage", FieldKind.Text)], [new("responsible", SubjectKind.Person), Node]),
        new(CaseRated, "事件评价", [Category, Major, new("rating", FieldKind.Number)], [Handler, Node]),
        new(CommendationRecorded, "表彰", RecordFields, [Person, Organization]),
        new(NoticeRecorded, "通报批评", RecordFields, [Person, Organization]),
        new(
            ItemVerified,
            "交办事项核验",
            [
                new("result", FieldKind.Text), new("difficulty", FieldKind.Number), new("days_late", FieldKind.Number),
                new("division", FieldKind.Text),
            ],
            [Person, Organization, Node]),
    ];

    private static readonly FrozenDictionary<string, EventType> ByType = All.ToFrozenDictionary(type => type.Type, StringComparer.Ordinal);

    public static EventType? Find(string type) => ByType.GetValueOrDefault(type);
}
