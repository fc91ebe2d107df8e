using Grpc.Core;
using Jiceng.Domain;
using Jiceng.Scoring.V1;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Scoring;

public sealed class SchemeVersionTests
{
    [Fact]
    public async Task CreateSchemeVersion_TakesOverFromADate_AndScoresNoDayTwice()
    {
        await using var run = await ScoringRun.StartAsync();
        var first = await run.PublishAsync("grid-workers-quarter.json");
        var second = await run.Organizer.Schemes.CreateSchemeVersionAsync(new() { SchemeId = first.SchemeId });
        (second.Version, second.State, second.EffectiveDate).ShouldBe((2, SchemeState.Draft, ""));
        second.Rules.ShouldBe(first.Rules);
        var again = await Refusal.OfAsync(async () => await run.Organizer.Schemes.CreateSchemeVersionAsync(new() { SchemeId = first.SchemeId }));
        (again.Code, again.Reason).ShouldBe((StatusCode.FailedPrecondition, "SCHEME_DRAFT_EXISTS"));

        second.BasePoints = "70";
        foreach (var rule in second.Rules.Where(rule => rule.RuleKey == "case_on_time")) rule.LevelTable.Levels[0].Points = "3";
        second = await run.Organizer.Schemes.UpdateSchemeAsync(new() { Scheme = second });
        var today = ChinaTime.Day(run.Clock.GetUtcNow());
        var early = await Refusal.OfAsync(() => PublishAsync(run, second, today.ToString("yyyy-MM-dd")));
        (early.Reason, early.Metadata["earliest"]).ShouldBe(("EFFECTIVE_DATE_TOO_EARLY", today.AddDays(1).ToString("yyyy-MM-dd")));
        var published = await PublishAsync(run, second, today.AddDays(1).ToString("yyyy-MM-dd"));

        var worker = await run.WorkerAsync();
        await run.HearAsync(ScoringScenes.Closed, run.CaseOf(worker));
        (await run.Organizer.Schemes.GetSchemeAsync(new() { SchemeId = first.SchemeId })).Version.ShouldBe(1);
        run.Clock.JumpTo(ChinaTime.StartOf(today.AddDays(1)).AddHours(8));
        await run.HearAsync(ScoringScenes.Closed, run.CaseOf(worker));
        (await run.Organizer.Schemes.GetSchemeAsync(new() { SchemeId = first.SchemeId })).ShouldBe(published);
        (await run.EntriesAsync(worker)).Select(entry => (entry.SchemeVersion, entry.Points)).ShouldBe([(2, "3"), (1, "1")]);
        (await run.RankingAsync(published)).Rows.ShouldHaveSingleItem().TotalPoints.ShouldBe(today.AddDays(1) is { Day: 1, Month: 1 or 4 or 7 or 10 } ? "73" : "74");
    }

    [Fact]
    public async Task ListSchemes_FiltersAndPages()
    {
        await using var run = await ScoringRun.StartAsync();
        var workers = await run.PublishAsync("grid-workers-quarter.json");
        var next = await run.Organizer.Schemes.CreateSchemeVersionAsync(new() { SchemeId = workers.SchemeId });
        var township = ScoringScenes.SchemeFile("township-officials-quarter.json");
        township.PlaceCode = ScoringRun.OtherTownship;
        await run.PublishAsync(township);

        (await ListAsync(run, new())).Count.ShouldBe(3);
        (await ListAsync(run, new() { PlaceCode = ScoringRun.Township })).ShouldBe([next, workers]);
        (await ListAsync(run, new() { PlaceCode = "140224206201" })).Count.ShouldBe(3);
        (await ListAsync(run, new() { State = SchemeState.Draft })).ShouldBe([next]);
        (await ListAsync(run, new() { SubjectKind = SubjectKind.Organization })).ShouldBeEmpty();
        (await ListAsync(run, new() { PageSize = 1 })).Count.ShouldBe(3);

        (await Refusal.OfAsync(run.Organizer.Schemes.ListSchemesAsync(new() { SubjectKind = (SubjectKind)(-366) }))).Fields.ShouldBe(["subject_kind"]);
        (await Refusal.OfAsync(run.Organizer.Schemes.ListSchemesAsync(new() { State = (SchemeState)99 }))).Fields.ShouldBe(["state"]);
    }

    private static async Task<Scheme> PublishAsync(ScoringRun run, Scheme draft, string date) => await run.Organizer.Schemes.PublishSchemeAsync(new()
    {
        SchemeId = draft.SchemeId,
        Version = draft.Version,
        Etag = draft.Etag,
        EffectiveDate = date,
        RequestId = run.NewId(),
    });

    private static async Task<List<Scheme>> ListAsync(ScoringRun run, ListSchemesRequest request)
    {
        var all = new List<Scheme>();
        do
        {
            var page = await run.Organizer.Schemes.ListSchemesAsync(request);
            all.AddRange(page.Schemes);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        return all;
    }
}
