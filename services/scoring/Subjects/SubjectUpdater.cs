using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Scoring.Points;
using Jiceng.Scoring.Ranking;
using Jiceng.Scoring.Schemes;
using Jiceng.Scoring.Subjects.Domain;

namespace Jiceng.Scoring.Subjects;

/// <summary>Keeps the read copies of subjects, and lets the points follow.</summary>
internal static class SubjectUpdater
{
    public const string Duty = "duty";
    public const string Appointment = "appointment";

    /// <summary>A subject as its owner reports it on a day, with the groups that follow from that alone.</summary>
    public static Task PutAsync(
        UnitOfWork work, SubjectRef subject, string name, PlaceCode place, IReadOnlyCollection<string> groups, DateOnly day, long sequence,
        CancellationToken cancellationToken) => ChangeAsync(
        work,
        subject,
        async known =>
        {
            if (await SubjectStore.PutAsync(work, subject, name, place, sequence, cancellationToken))
                await SubjectStore.SetGroupsAsync(work, subject, groups, place, known ? day : null, day, sequence, cancellationToken);
        },
        cancellationToken);

    /// <summary>Many grids, each as grid reports it.</summary>
    public static async Task PutAsync(UnitOfWork work, IReadOnlyList<GridNode> nodes, CancellationToken cancellationToken)
    {
        // One exclusive lock instead of one for each: some hundred in one transaction would fill PostgreSQL's table of locks.
        await SchemeStore.LockPublicationAsync(work, cancellationToken);
        var appeared = await SubjectStore.PutAsync(work, nodes, cancellationToken);
        if (appeared.Count == 0) return;
        if (appeared.Contains(true))
        {
            await SubjectStore.LockAsync(work, appeared[true], cancellationToken);
            var published = await SchemeStore.PublishedAsync(work.Connection, cancellationToken);
            foreach (var subject in (await SubjectStore.FindAsync(work.Connection, appeared[true], cancellationToken)).Values)
                await PointsPoster.ReexamineAsync(work, subject, published, cancellationToken);
        }

        RankingStore.TouchOnCommit(work, [RankingStore.Members]);
    }

    /// <summary>A membership that comes from elsewhere: a duty or an appointment.</summary>
    public static Task PutAsync(
        UnitOfWork work, SubjectRef subject, string source, string sourceId, Membership membership, long sequence, CancellationToken cancellationToken) =>
        ChangeAsync(work, subject, _ => SubjectStore.PutAsync(work, subject, source, sourceId, membership, sequence, cancellationToken), cancellationToken);

    private static async Task ChangeAsync(UnitOfWork work, SubjectRef subject, Func<bool, Task> change, CancellationToken cancellationToken)
    {
        var (known, published) = await SubjectStore.TakeAsync(work, [subject], cancellationToken);
        var before = known.GetValueOrDefault(subject);
        await change(before is not null);
        var after = (await SubjectStore.FindAsync(work.Connection, [subject], cancellationToken)).GetValueOrDefault(subject);
        if (after is null || (before is not null && before.Memberships.SequenceEqual(after.Memberships))) return;
        await PointsPoster.ReexamineAsync(work, after, published, cancellationToken);
        RankingStore.TouchOnCommit(work, [RankingStore.Members]);
    }
}
