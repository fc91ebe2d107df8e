using Grpc.Core;
using Jiceng.Scoring.V1;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Scoring;

/// <summary>Who is ranked with whom; the tests share workers who have 63, 61, 61 and 60 points.</summary>
public sealed class RankingScopeTests(ScoringFixture fixture) : IClassFixture<ScoringFixture>, IAsyncLifetime
{
    private static string _first = "";
    private static string _second = "";
    private static string _third = "";
    private static string _idle = "";
    private readonly ScoringRun _run = fixture.Run;
    private readonly Scheme _scheme = fixture.Workers;

    public async ValueTask InitializeAsync()
    {
        if (_idle.Length > 0) return;
        _first = await _run.WorkerAsync("甲", "140224205201001");
        _second = await _run.WorkerAsync("乙", "140224205201002", "part_time");
        _third = await _run.WorkerAsync("丙", "140224206201001");
        _idle = await _run.WorkerAsync("丁", "140224207201001");
        foreach (var worker in (string[])[_first, _first, _first, _second, _third]) await _run.HearAsync(ScoringScenes.Closed, _run.CaseOf(worker));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task ListRanking_HoldsEveryMember_AndEqualScoresShareARank()
    {
        var ranking = await _run.RankingAsync(_scheme);
        Shown(ranking).ShouldBe([(1, _first, "63"), (2, _second, "61"), (2, _third, "61"), (4, _idle, "60")], ignoreOrder: true);
        ranking.Rows.Select(row => row.Rank).ShouldBe([1, 2, 2, 4]);
        (ranking.TotalSize, ranking.Period).ShouldBe((4, _run.Quarter()));
        ranking.Rows[0].DisplayName.ShouldBe("甲");
        ranking.Rows[0].PlaceCode.ShouldBe("140224205201001");
    }

    [Fact]
    public async Task ListRanking_OfAPlaceOrGroup_RanksAnewWithinIt()
    {
        Shown(await _run.RankingAsync(_scheme, ScoringRun.Township)).ShouldBe([(1, _first, "63"), (2, _second, "61")]);
        Shown(await _run.RankingAsync(_scheme, ScoringRun.OtherTownship)).ShouldBe([(1, _third, "61")]);
        Shown(await _run.RankingAsync(_scheme, group: "part_time")).ShouldBe([(1, _second, "61")]);
        Shown(await _run.RankingAsync(_scheme, ScoringRun.OtherTownship, "part_time")).ShouldBeEmpty();
    }

    [Fact]
    public async Task ListRanking_OfACallerOfTwoPlaces_CoversBothAndNoMore()
    {
        var caller = _run.As("two", "auditor", "140224205201", ScoringRun.OtherTownship);
        var ranking = await caller.Points.ListRankingAsync(new() { SchemeId = _scheme.SchemeId });
        Shown(ranking).ShouldBe([(1, _first, "63"), (2, _second, "61"), (2, _third, "61")], ignoreOrder: true);
    }

    [Theory]
    [InlineData("2026", "", "ARGUMENT_INVALID", StatusCode.InvalidArgument)]
    [InlineData("last quarter", "", "ARGUMENT_INVALID", StatusCode.InvalidArgument)]
    [InlineData("2019Q1", "", "SCHEME_NOT_IN_FORCE", StatusCode.FailedPrecondition)]
    [InlineData("2999Q1", "", "SCHEME_NOT_IN_FORCE", StatusCode.FailedPrecondition)]
    [InlineData("", "secretary", "ARGUMENT_INVALID", StatusCode.InvalidArgument)]
    public async Task ListRanking_OfAPeriodOrGroupThatTheSchemeHasNot_IsRefused(string period, string group, string reason, StatusCode code)
    {
        var refusal = await Refusal.OfAsync(async () => await _run.Organizer.Points.ListRankingAsync(new()
        {
            SchemeId = _scheme.SchemeId,
            Period = period,
            Group = group,
        }));
        (refusal.Code, refusal.Reason).ShouldBe((code, reason));
    }

    [Fact]
    public async Task ListRanking_OfAnUnknownScheme_IsNotFound()
    {
        var refusal = await Refusal.OfAsync(async () => await _run.Organizer.Points.ListRankingAsync(new() { SchemeId = _run.NewId() }));
        (refusal.Code, refusal.Reason).ShouldBe((StatusCode.NotFound, "SCHEME_NOT_FOUND"));
    }

    private static IEnumerable<(int Rank, string Subject, string Total)> Shown(ListRankingResponse ranking) =>
        ranking.Rows.Select(row => (row.Rank, row.SubjectId, row.TotalPoints));
}
