using System.Data.Common;
using System.Diagnostics.Metrics;
using Jiceng.Domain;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Jiceng.Grid.Statistics;

/// <summary>
/// Adds the changes of cases to the counts, when they are some seconds old or many. Any number of replicas may run it: one at a time does.
/// </summary>
internal sealed partial class CaseCountJob : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // Changes that are added together have most counts in common, those of the upper places above all. Until then whoever asks adds them up anew.
    private const double SecondsTogether = 5;
    private const long ManyChanges = 2_000;

    private readonly CaseCountStore _counts;
    private readonly TimeProvider _time;
    private readonly ILogger<CaseCountJob> _logger;
    private CountsWaiting _waiting = new(0, 0);
    private long _overdue;

    public CaseCountJob(CaseCountStore counts, TimeProvider time, IMeterFactory meters, ILogger<CaseCountJob> logger)
    {
        (_counts, _time, _logger) = (counts, time, logger);
        var meter = meters.Create("Jiceng.Grid");
        meter.CreateObservableGauge("jiceng.statistics.waiting", () => _waiting.Changes, "{change}", "Changes of cases that wait to be added to the counts of statistics");
        meter.CreateObservableGauge("jiceng.statistics.lag", () => _waiting.LagSeconds, "s", "Age of the oldest of them");
        meter.CreateObservableGauge("jiceng.cases.overdue", () => _overdue, "{case}", "Cases that are overdue, with those whose deadline is later today");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, _time);
        // A place may have to be counted although nothing changes, after a migration for example.
        var due = true;
        do
        {
            try
            {
                while (due && await _counts.FoldAsync(stoppingToken))
                {
                }

                _waiting = await _counts.WaitingAsync(stoppingToken);
                due = _waiting.Changes >= ManyChanges || _waiting.LagSeconds >= SecondsTogether;
                _overdue = await _counts.OverdueAsync(ChinaTime.Day(_time.GetUtcNow()), stoppingToken);
            }
            catch (ApiException away)
            {
                LogPutOff(_logger, away.Message);
            }
            catch (DbException failure)
            {
                // Statistics stay right without: they count what waits, only slower.
                LogFailed(_logger, failure);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(1, LogLevel.Warning, "Changes of cases are added to the counts later: {Problem}")]
    private static partial void LogPutOff(ILogger logger, string problem);

    [LoggerMessage(2, LogLevel.Error, "Changes of cases could not be added to the counts of statistics")]
    private static partial void LogFailed(ILogger logger, Exception failure);
}
