using Jiceng.Domain;

namespace Jiceng.Scoring.Subjects.Domain;

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
    public static string Text(this SubjectKind kind) => EnumNames.Of(kind);
}
