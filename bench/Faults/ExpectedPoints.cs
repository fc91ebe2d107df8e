namespace Jiceng.Bench.Faults;

/// <summary>A ledger entry that must exist, before caps.</summary>
internal sealed record ExpectedEntry(string SubjectId, string RuleKey, string MatterId, decimal Points);

/// <summary>
/// Points that data/schemes/grid-workers-quarter.json awards for the recorded answers; deliberately computed without scoring's code. Every
/// worker is on duty full time, and every case is handled within minutes, hours before its deadline.
/// </summary>
internal static class ExpectedPoints
{
    private const int Closed = 7;

    public static IEnumerable<ExpectedEntry> Of(RecordedCase recorded)
    {
        if (recorded.State != Closed) yield break;
        foreach (var handler in recorded.Handlers)
        {
            yield return new(handler, "case_on_time", recorded.CaseId, recorded.Urgency switch { "Normal" => 1m, "Urgent" => 1.5m, _ => 2m });
            if (recorded.ReworkCount > 0) yield return new(handler, "reworked", recorded.CaseId, -0.5m * recorded.ReworkCount);
            var rated = recorded.Rating switch { 5 => 0.5m, 4 => 0.2m, 2 => -0.5m, 1 => -1m, _ => 0m };
            if (rated != 0) yield return new(handler, "rated", recorded.CaseId, rated);
        }

        if (!recorded.OnTheSpot) yield return new(recorded.ReporterId, "case_reported", recorded.CaseId, 0.2m);
    }

    public static ExpectedEntry Of(RecordedCommendation recorded) => new(recorded.PersonId, "commended", recorded.RecordId, recorded.Level switch
    {
        "township" => 2m,
        "county" => 5m,
        "city" => 8m,
        "province" => 10m,
        _ => 15m,
    });

    /// <summary>The total of a subject: rules have limits, and two of them share one.</summary>
    public static decimal Sum(IEnumerable<ExpectedEntry> ofSubject)
    {
        var rules = ofSubject.ToLookup(entry => entry.RuleKey, entry => entry.Points);
        var work = Math.Min(80, Math.Min(60, rules["case_on_time"].Sum()) + Math.Min(20, rules["case_reported"].Sum()));
        return work + Math.Max(-20, rules["reworked"].Sum()) + rules["rated"].Sum() + rules["commended"].Sum();
    }
}
