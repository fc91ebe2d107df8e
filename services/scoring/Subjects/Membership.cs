using Jiceng.Domain;

namespace Jiceng.Scoring.Subjects;

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
/// <param name="Login">Subject of the token that is this person's; empty when there is none.</param>
/// <param name="Memberships">Groups it belongs to.</param>
internal sealed record Subject(SubjectRef Ref, string Name, PlaceCode Place, string Login, IReadOnlyList<Membership> Memberships)
{
    /// <summary>Subjects of tokens that are this person's: the login, or the person's own id. Nobody is an organisation or a grid.</summary>
    public IEnumerable<string> Logins => Ref.Kind != SubjectKind.Person ? [] : Login.Length == 0 ? [Ref.Id] : [Ref.Id, Login];

    public bool IsOwn(string callerId) => Logins.Contains(callerId);
}
