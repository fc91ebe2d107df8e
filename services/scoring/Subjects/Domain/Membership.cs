using Jiceng.Domain;

namespace Jiceng.Scoring.Subjects.Domain;

/// <summary>A subject belongs to a group (category, duty role, position, kind or level) at a place from a day to a day, both included.</summary>
/// <param name="Group">The group.</param>
/// <param name="Place">Where.</param>
/// <param name="From">First day; null when it was always so.</param>
/// <param name="Until">Last day; null while it lasts.</param>
internal sealed record Membership(string Group, PlaceCode Place, DateOnly? From = null, DateOnly? Until = null)
{
    public bool On(DateOnly day) => (From is null || From <= day) && (Until is null || day <= Until);
}

/// <summary>What scoring knows of a subject.</summary>
/// <param name="Ref">Kind and id.</param>
/// <param name="Name">Name to show.</param>
/// <param name="Place">Place where it belongs.</param>
/// <param name="Memberships">Groups it belongs to.</param>
internal sealed record Subject(SubjectRef Ref, string Name, PlaceCode Place, IReadOnlyList<Membership> Memberships)
{
    /// <summary>Whether the caller is this person: the subject of a token is the person's id. Nobody is an organisation or a grid.</summary>
    public bool IsOwn(string callerId) => Ref.Kind == SubjectKind.Person && Ref.Id == callerId;
}
