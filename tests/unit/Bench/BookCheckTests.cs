using Jiceng.Bench.Faults;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Bench;

/// <summary>
/// One case handled by Wang and reported by Li, one commendation, one poison message: consistent books, and every possible difference.
/// </summary>
public sealed class BookCheckTests
{
    private const string Closed = "jiceng.grid.case.closed.v1";

    private static readonly Books Agreeing = new()
    {
        Calls = [new("ReportCaseRequest", "r1", "a1", 1), new("VerifyCaseRequest", "r2", "a2", 3)],
        ExpectedCases =
        [
            new("c1", "li", "Urgent", OnTheSpot: false)
            {
                Verbs = ["report", "accept", "dispatch", "start", "finish", "fail", "start", "finish", "pass", "rate"],
                State = 7,
                Version = 10,
                Handlers = ["wang"],
                ReworkCount = 1,
                Rating = 5,
            },
        ],
        ExpectedCommendations = [new("d1", "li", "county")],
        Poison = ["p1"],
        Answers = [new("/ReportCase", "r1", "a1"), new("/VerifyCase", "r2", "a2")],
        Cases = [new("c1", "li", 2, 7, 10, false, ["wang"], 1, 5)],
        Steps =
        [
            new("c1", 1, "report", 1), new("c1", 2, "accept", 2), new("c1", 3, "dispatch", 3), new("c1", 4, "start", 4), new("c1", 5, "finish", 6),
            new("c1", 6, "fail", 3), new("c1", 7, "start", 4), new("c1", 8, "finish", 6), new("c1", 9, "pass", 7), new("c1", 10, "rate", 7),
        ],
        Records = [new("d1", "li", "county")],
        Events =
        [
            new("grid", "e1", Closed, "c1", true), new("grid", "e2", "jiceng.grid.case.rated.v1", "c1", true),
            new("cadre", "e3", "jiceng.cadre.commendation.recorded.v1", "d1", true),
            .. Enumerable.Range(1, 5).Select(i => new StoredEvent("scoring", $"s{i}", "jiceng.scoring.points.posted.v1", "wang", true)),
        ],
        DeadMessages = [new("scoring", "p1", Closed, "malformed")],
        Ledger =
        [
            Row("wang", "case_on_time", "c1", 1.5m), Row("wang", "reworked", "c1", -0.5m), Row("wang", "rated", "c1", 0.5m),
            Row("li", "case_reported", "c1", 0.2m), Row("li", "commended", "d1", 5m),
        ],
        VerifiedEntries = 5,
        Ranking = [new("li", 65.2m), new("wang", 61.5m), new("zhao", 60m)],
        RankingPeriod = "2026Q4",
    };

    [Fact]
    public void Compare_BooksAgree_FindsNothing() => BookCheck.Compare(Agreeing).ShouldBeEmpty();

    [Fact]
    public void Compare_ValidCallRefused_IsFound() => Find(
        Agreeing with { Refusals = [new("AcceptCaseRequest", "r9", "Internal", "…", 2)] }, "a right call was refused");

    [Fact]
    public void Compare_AnswerLost_IsFound() => Find(Agreeing with { Answers = [.. Agreeing.Answers.Take(1)] }, "answer: lost");

    [Fact]
    public void Compare_UnexpectedAnswer_IsFound() => Find(Agreeing with { Answers = [.. Agreeing.Answers, new("/ReportCase", "r3", "a3")] }, "answer: of nobody");

    [Fact]
    public void Compare_DifferentAnswerStored_IsFound() => Find(
        Agreeing with { Answers = [new("/ReportCase", "r1", "a1"), new("/VerifyCase", "r2", "other")] }, "answer: different");

    [Fact]
    public void Compare_RequestWithoutStoredAnswer_IsFound() => Find(
        Agreeing with { Answers = [new("/ReportCase", "r1", "a1"), new("/VerifyCase", "r2", null)] }, "answer: different");

    [Fact]
    public void Compare_CaseLost_IsFound() => Find(Agreeing with { Cases = [], Steps = [] }, "case: lost");

    [Fact]
    public void Compare_UnexpectedCase_IsFound() => Find(
        Agreeing with { Cases = [.. Agreeing.Cases, new("c2", "li", 1, 1, 1, false, [], 0, 0)], Steps = [.. Agreeing.Steps, new("c2", 1, "report", 1)] },
        "case: of nobody");

    [Fact]
    public void Compare_CaseInAnotherState_IsFound() => Find(
        Agreeing with { Cases = [new("c1", "li", 2, 6, 10, false, ["wang"], 1, 5)] }, "case: different", "a case is half done");

    [Fact]
    public void Compare_StepLost_IsFound() => Find(Agreeing with { Steps = [.. Agreeing.Steps.Where(step => step.Number != 6)] }, "a case is half done", "steps differ");

    [Fact]
    public void Compare_StepTwice_IsFound() => Find(Agreeing with { Steps = [.. Agreeing.Steps, new("c1", 11, "rate", 7)] }, "a case is half done", "steps differ");

    [Fact]
    public void Compare_RecordLost_IsFound() => Find(Agreeing with { Records = [] }, "commendation: lost");

    [Fact]
    public void Compare_RecordTwice_IsFound() => Find(Agreeing with { Records = [.. Agreeing.Records, .. Agreeing.Records] }, "commendation: twice");

    [Fact]
    public void Compare_EventLost_IsFound() => Find(Agreeing with { Events = [.. Agreeing.Events.Skip(1)] }, "event: lost");

    [Fact]
    public void Compare_EventTwice_IsFound() => Find(Agreeing with { Events = [.. Agreeing.Events, new("grid", "e9", Closed, "c1", true)] }, "event: twice");

    [Fact]
    public void Compare_EventNotPublished_IsFound() => Find(
        Agreeing with { Events = [Agreeing.Events.First() with { Published = false }, .. Agreeing.Events.Skip(1)] }, "an event was not published");

    [Fact]
    public void Compare_PointsNotPublished_IsFound() => Find(Agreeing with { Events = [.. Agreeing.Events.SkipLast(1)] }, "events of points differ");

    [Fact]
    public void Compare_PoisonLost_IsFound() => Find(Agreeing with { DeadMessages = [] }, "dead message: lost");

    [Fact]
    public void Compare_DeadLetteredEvent_IsFound() => Find(
        Agreeing with { DeadMessages = [.. Agreeing.DeadMessages, new("scoring", "e1", Closed, "DEPENDENCY_UNAVAILABLE")] }, "dead message: of nobody");

    [Fact]
    public void Compare_PointsLost_IsFound() => Find(
        WithLedger(Agreeing.Ledger.Where(row => row.RuleKey != "rated")), "ledger entry: lost", "sum of a ledger: different");

    [Fact]
    public void Compare_PointsTwice_IsFound() => Find(
        WithLedger(Agreeing.Ledger.Append(Row("li", "commended", "d1", 5m))), "ledger entry: twice", "sum of a ledger: different");

    [Fact]
    public void Compare_UnexpectedPoints_IsFound() => Find(
        WithLedger(Agreeing.Ledger.Append(Row("zhao", "rated", "c1", 0.5m))), "ledger entry: of nobody", "sum of a ledger: of nobody");

    [Fact]
    public void Compare_DifferentPoints_IsFound() => Find(
        WithLedger(Agreeing.Ledger.Select(row => row.RuleKey == "case_on_time" ? Row("wang", "case_on_time", "c1", 2m) : row)),
        "ledger entry: different", "sum of a ledger: different");

    [Fact]
    public void Compare_PointsBelowTheLimit_IsFound() => Find(
        Agreeing with
        {
            Ledger = [.. Agreeing.Ledger.Select(row => row.RuleKey == "case_on_time" ? row with { Points = 1m } : row)],
            Ranking = [new("li", 65.2m), new("wang", 61m), new("zhao", 60m)],
        },
        "sum of a ledger: different");

    [Fact]
    public void Compare_ChainBroken_IsFound() => Find(Agreeing with { Breaks = ["wang 2: hash"] }, "a hash chain is broken");

    [Fact]
    public void Compare_EntriesNotVerified_IsFound() => Find(Agreeing with { VerifiedEntries = 4 }, "VerifyLedger counted others");

    [Fact]
    public void Compare_WrongStatistics_AreFound() => Find(Agreeing with { WrongCounts = ["140224 2026-11-22: counted 3, cases say 4"] }, "a count of statistics is not its cases");

    [Fact]
    public void Compare_StaleRanking_IsFound() => Find(
        Agreeing with { Ranking = [new("li", 65m), new("wang", 61.5m), new("zhao", 60m)] }, "a ranking is not its ledger");

    [Fact]
    public void Compare_SubjectNotRanked_IsFound() => Find(Agreeing with { Ranking = [new("li", 65.2m), new("zhao", 60m)] }, "a ranking is not its ledger");

    [Fact]
    public void Compare_RankingOutOfOrder_IsFound() => Find(
        Agreeing with { Ranking = [new("wang", 61.5m), new("li", 65.2m), new("zhao", 60m)] }, "a ranking is out of order");

    [Fact]
    public void Sum_ManyCases_AppliesRuleAndSharedLimits()
    {
        ExpectedEntry[] entries =
        [
            .. Enumerable.Range(0, 100).Select(i => new ExpectedEntry("wang", "case_on_time", $"c{i}", 1m)),
            .. Enumerable.Range(0, 150).Select(i => new ExpectedEntry("wang", "case_reported", $"c{i}", 0.2m)),
            .. Enumerable.Range(0, 50).Select(i => new ExpectedEntry("wang", "reworked", $"c{i}", -0.5m)),
            new("wang", "commended", "d1", 5m),
        ];

        ExpectedPoints.Sum(entries).ShouldBe(80 - 20 + 5);
        ExpectedPoints.Sum(entries.Where(entry => entry.RuleKey == "case_on_time")).ShouldBe(60);
        ExpectedPoints.Sum(entries.Where(entry => entry.RuleKey == "case_reported")).ShouldBe(20);
    }

    private static LedgerRow Row(string subject, string rule, string matter, decimal points) => new(subject, rule, matter, "e", points, points, "2026Q4", false);

    /// <summary>Replaces the ledger and everything derived from it: events, chains and ranking.</summary>
    private static Books WithLedger(IEnumerable<LedgerRow> rows)
    {
        var ledger = rows.ToList();
        var points = ledger.ToLookup(row => row.SubjectId, row => row.Points);
        return Agreeing with
        {
            Ledger = ledger,
            VerifiedEntries = ledger.Count,
            Events = [.. Agreeing.Events.Take(3), .. ledger.Select((_, i) => new StoredEvent("scoring", $"s{i}", "jiceng.scoring.points.posted.v1", "", true))],
            Ranking = [.. Agreeing.Ranking.Select(row => row with { Total = 60 + points[row.SubjectId].Sum() }).OrderByDescending(row => row.Total)],
        };
    }

    private static void Find(Books books, params string[] kinds) => BookCheck.Compare(books).Select(one => one.Kind).Distinct().ShouldBe(kinds);
}
