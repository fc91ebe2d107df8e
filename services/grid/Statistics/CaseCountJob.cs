using System.Diagnostics.Metrics;
using Jiceng.Domain;
using Jiceng.Hosting;

namespace Jiceng.Grid.Statistics;

/// <summary>
/// Adds the changes of cases to the counts, when they are some seconds old or many. Any number of replicas may run it: one at a time does.
/// Statistics stay right while it fails: they count what waits, only slower.
/// </summary>
internal sealed class CaseCountJob : PeriodicJob
{
    // Changes that are added together have most counts in common, those of the upper places above all. Until then each query adds them up.
    private const double SecondsTogether = 5;
    private const long ManyChanges = 2_000;

    private readonly CaseCountStore _counts;
    private readonly TimeProvider _time;
    private CountsWaiting _waiting = new(0, 0);
    private long _overdue;

    // A place may have to be counted although nothing changes, after a migration for example.
    private bool _due = true;

    public CaseCountJob(CaseCountStore counts, TimeProvider time, IMeterFactory meters, JobServices services)
        : base(services, "case-counts", TimeSpan.FromSeconds(1))
    {
        (_counts, _time) = (counts, time);
        var meter = meters.Create("Jiceng.Grid");
        meter.CreateObservableGauge("jiceng.statistics.waiting", () => _waiting.Changes, "{change}", "Changes of cases that wait to be added to the counts of statistics");
        meter.CreateObservableGauge("jiceng.statistics.lag", () => _waiting.LagSeconds, "s", "Age of the oldest of them");
        meter.CreateObservableGauge("jiceng.cases.overdue", () => _overdue, "{case}", "Cases that are overdue, with those whose deadline is later today");
    }

    protected override async Task<JobRound> RunRoundAsync(CancellationToken cancellationToken)
    {
        while (_due && await _counts.FoldAsync(cancellationToken))
        {
        }

        _waiting = await _counts.WaitingAsync(cancellationToken);
        _due = _waiting.Changes >= ManyChanges || _waiting.LagSeconds >= SecondsTogether;
        _overdue = await _counts.OverdueAsync(ChinaTime.Day(_time.GetUtcNow()), cancellationToken);
        return JobRound.Done;
    }
}
