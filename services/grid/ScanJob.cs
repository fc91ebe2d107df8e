using System.Diagnostics;
using System.Diagnostics.Metrics;
using Jiceng.Domain;
using Jiceng.Grid.Cases;
using Jiceng.Grid.Cases.Domain;
using Jiceng.Grid.Nodes;
using Jiceng.Persistence;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Jiceng.Grid;

/// <summary>
/// Looks after what time alone changes: marks deadlines that passed, each once, and lets heads follow appointments that begin or
/// end today. Any number of replicas may run it.
/// </summary>
internal sealed partial class ScanJob(
    Database database,
    IOptions<GridOptions> options,
    TimeProvider time,
    IMeterFactory meters,
    ILogger<ScanJob> logger) : BackgroundService
{
    private const int Batch = 200;
    private static readonly ActivitySource Source = new("Jiceng.Grid");

    private readonly Counter<long> _overdue = meters.Create("Jiceng.Grid").CreateCounter<long>("jiceng.cases.overdue_raised", "{deadline}", "Deadlines of cases that passed");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.ScanInterval, time);
        do
        {
            try
            {
                await ScanAsync(stoppingToken);
            }
            catch (ApiException refused)
            {
                LogRefused(logger, refused.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>One round.</summary>
    internal async Task ScanAsync(CancellationToken token)
    {
        using var activity = Source.StartActivity("grid scan");
        int late;
        do
        {
            late = await MarkOverdueAsync(token);
            _overdue.Add(late);
        }
        while (late == Batch);

        var day = ChinaTime.Day(time.GetUtcNow());
        foreach (var place in await database.ReadAsync((connection, inner) => DutyStore.ListMisheadedAsync(connection, day, inner), token))
        {
            await database.WriteAsync(
                new WriteContext("jiceng/grid", "HeadScan"),
                async (work, inner) =>
                {
                    await NodeHeads.FollowAsync(work, place, inner);
                    return true;
                },
                token);
        }
    }

    private Task<int> MarkOverdueAsync(CancellationToken token) => database.WriteAsync(
        new WriteContext("jiceng/grid", "OverdueScan"),
        async (work, inner) =>
        {
            var late = await CaseStore.LockOverdueAsync(work.Connection, work.Now, Batch, inner);
            foreach (var one in late)
            {
                var owner = await NodeStore.FindAsync(work.Connection, one.Owner, inner);
                if (CaseVerbs.Overdue(one, owner?.HeadPersonId, work.Now) is { } move)
                    CaseWriter.SaveOnCommit(work, move);
            }

            return late.Count;
        },
        token);

    [LoggerMessage(1, LogLevel.Warning, "The scan of deadlines was put off: {Problem}")]
    private static partial void LogRefused(ILogger logger, string problem);
}
