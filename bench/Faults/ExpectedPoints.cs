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

    public static IEnumerable<ExpectedEntry> Of(ToldCase told)
    {
        if (told.State != Closed) yield break;
        foreach (var handler in told.Handlers)
        {
            yield return new(handler, "case_on_time", told.CaseId, told.Urgency switch { "Normal" => 1m, "Urgent" => 1.5m, _ => 2m });
            if (told.ReworkCount > 0) yield return new(handler, "reworked", told.CaseId, -0.5m * told.ReworkCount);
            var rated = told.Rating switch { 5 => 0.5m, 4 => 0.2m, 2 => -0.5m, 1 => -1m, _ => 0m };
            if (rated != 0) yield return new(handler, "rated", told.CaseId, rated);
        }

        if (!told.OnTheSpot) yield return new(told.ReporterId, "case_reported", told.CaseId, 0.2m);
    }

    public static ExpectedEntry Of(ToldRecord told) => new(told.PersonId, "commended", told.RecordId, told.Level switch
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
