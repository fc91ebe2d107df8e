using System.Diagnostics.Metrics;
using Jiceng.Domain;
using Jiceng.Grid.Cases;
using Jiceng.Grid.Cases.Domain;
using Jiceng.Grid.Nodes;
using Jiceng.Hosting;
using Jiceng.Persistence;
using Microsoft.Extensions.Options;

namespace Jiceng.Grid;

/// <summary>
/// Looks after what time alone changes: marks deadlines that passed, each once, and lets heads follow appointments that begin or
/// end today. Any number of replicas may run it. Each case and each place has a transaction of its own, so that one that cannot be
/// processed stops no other.
/// </summary>
internal sealed class ScanJob(Database database, IOptions<GridOptions> options, TimeProvider time, IMeterFactory meters, JobServices services)
    : PeriodicJob(services, "scan", options.Value.ScanInterval)
{
    private const int Batch = 200;

    private readonly Counter<long> _overdue = meters.Create("Jiceng.Grid").CreateCounter<long>("jiceng.cases.overdue_raised", "{deadline}", "Deadlines of cases that passed");

    /// <summary>One round.</summary>
    internal async Task ScanAsync(CancellationToken token)
    {
        await MarkOverdueAsync(token);
        var day = ChinaTime.Day(time.GetUtcNow());
        var places = await database.ReadAsync((connection, inner) => DutyStore.ListMisheadedAsync(connection, day, inner), token);
        foreach (var place in places.Except(ItemsAside<PlaceCode>()))
            await TryItemAsync(place, inner => FollowAsync(place, inner), token);
    }

    protected override async Task<JobRound> RunRoundAsync(CancellationToken cancellationToken)
    {
        await ScanAsync(cancellationToken);
        return JobRound.Done;
    }

    private async Task MarkOverdueAsync(CancellationToken token)
    {
        bool isFull, progressed;
        do
        {
            var aside = ItemsAside<Guid>();
            var late = await database.ReadAsync(
                (connection, inner) => CaseStore.ListOverdueIdsAsync(connection, time.GetUtcNow(), aside, Batch, inner), token);
            // Cases that another replica holds are left to it: without progress here, there is nothing to wait for.
            (isFull, progressed) = (late.Count == Batch, false);
            foreach (var id in late)
            {
                var marked = false;
                var processed = await TryItemAsync(id, async inner => marked = await MarkOverdueAsync(id, inner), token);
                progressed |= marked || !processed;
                if (marked) _overdue.Add(1);
            }
        }
        while (isFull && progressed);
    }

    private Task<bool> MarkOverdueAsync(Guid id, CancellationToken token) => database.WriteAsync(
        new WriteContext("jiceng/grid", "OverdueScan"),
        async (work, inner) =>
        {
            if (await CaseStore.LockOverdueAsync(work, id, inner) is not { } late) return false;
            var owner = await NodeStore.FindAsync(work.Connection, late.Owner, inner);
            if (CaseVerbs.Overdue(late, owner?.HeadPersonId, work.Now) is not { } move) return false;
            CaseWriter.SaveOnCommit(work, move);
            return true;
        },
        token);

    private Task<bool> FollowAsync(PlaceCode place, CancellationToken token) => database.WriteAsync(
        new WriteContext("jiceng/grid", "HeadScan"),
        async (work, inner) =>
        {
            await NodeHeads.FollowAsync(work, place, inner);
            return true;
        },
        token);
}
