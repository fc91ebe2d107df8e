using Jiceng.Domain;

namespace Jiceng.Scoring.Subjects;

internal enum SubjectKind
{
    Person = 1,
    Organization = 2,
    GridNode = 3,
}

/// <summary>Who is given points: kind and id.</summary>
internal readonly record struct SubjectRef(SubjectKind Kind, string Id) : IComparable<SubjectRef>
{
    public static SubjectRef Person(string id) => new(SubjectKind.Person, id);

    public static SubjectRef Organization(string id) => new(SubjectKind.Organization, id);

    public static SubjectRef Node(PlaceCode code) => new(SubjectKind.GridNode, code.Value);

    public int CompareTo(SubjectRef other) => Kind != other.Kind ? Kind.CompareTo(other.Kind) : string.CompareOrdinal(Id, other.Id);

    public override string ToString() => $"{Kind.Text()}:{Id}";
}

internal static class SubjectKinds
{
    /// <summary>The kind as events and tables write it.</summary>
    public static string Text(this SubjectKind kind) => kind switch
    {
        SubjectKind.Person => "person",
        SubjectKind.Organization => "organization",
        SubjectKind.GridNode => "grid_node",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    public static SubjectKind Parse(string text) => text switch
    {
        "person" => SubjectKind.Person,
        "organization" => SubjectKind.Organization,
        "grid_node" => SubjectKind.GridNode,
        _ => throw new ArgumentOutOfRangeException(nameof(text), text, null),
    };
}
