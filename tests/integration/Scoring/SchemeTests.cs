using Grpc.Core;
using Jiceng.Domain;
using Jiceng.Scoring.V1;
using Npgsql;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Scoring;

public sealed class SchemeTests(ScoringFixture fixture) : IClassFixture<ScoringFixture>
{
    private readonly ScoringRun _run = fixture.Run;

    [Theory]
    [InlineData("township-officials-quarter.json")]
    [InlineData("grid-workers-quarter.json")]
    public async Task Files_OfSchemes_AreRight_AndReadBackAsTheyWereWritten(string file)
    {
        var scheme = ScoringScenes.SchemeFile(file);
        (await _run.Organizer.Schemes.ValidateSchemeAsync(new() { Scheme = scheme })).Faults.ShouldBeEmpty();
        var published = await _run.PublishAsync(scheme);
        (published.State, published.Version).ShouldBe((SchemeState.Published, 1));
        published.Rules.ShouldBe(scheme.Rules);
        published.Caps.ShouldBe(scheme.Caps);
        published.TieBreaks.ShouldBe(scheme.TieBreaks);
        (await _run.Organizer.Schemes.GetSchemeAsync(new() { SchemeId = published.SchemeId })).ShouldBe(published);
    }

    [Fact]
    public async Task CreateScheme_Incomplete_IsADraft_AndPublishingItTellsEveryFault()
    {
        var draft = await _run.Organizer.Schemes.CreateSchemeAsync(new()
        {
            Scheme = new Scheme
            {
                Name = "草案",
                SubjectKind = SubjectKind.Person,
                PeriodKind = PeriodKind.Quarter,
                PlaceCode = ScoringRun.County,
                Rules = { new Rule { RuleKey = "r", Title = "规则", EventType = ScoringScenes.Closed, Role = "handler" } },
            },
        });
        draft.State.ShouldBe(SchemeState.Draft);
        var refusal = await Refusal.OfAsync(() => PublishAsync(draft, "2026-01-01"));
        (refusal.Code, refusal.Reason).ShouldBe((StatusCode.InvalidArgument, "SCHEME_INVALID"));
        refusal.Fields.ShouldBe(["groups", "rules[r].amount"]);
        (await _run.Organizer.Schemes.GetSchemeAsync(new() { SchemeId = draft.SchemeId })).State.ShouldBe(SchemeState.Draft);
    }

    [Fact]
    public async Task CreateScheme_WithMalformedValues_NamesThem()
    {
        await RefusedAsync(scheme => scheme.BasePoints = "ten", "scheme.base_points");
        await RefusedAsync(scheme => scheme.Rules[1].CapPoints = "1.234", "scheme.rules[1].cap_points");
        await RefusedAsync(scheme => scheme.Rules[0].LevelTable.Levels[1].Points = "NaN", "scheme.rules[0].level_table.levels[1].points");
        await RefusedAsync(scheme => scheme.SubjectKind = SubjectKind.Unspecified, "scheme.subject_kind");
        await RefusedAsync(scheme => scheme.PeriodKind = (PeriodKind)9, "scheme.period_kind");
        await RefusedAsync(scheme => scheme.TieBreaks.Add((TieBreak)9), "scheme.tie_breaks[1]");
        await RefusedAsync(scheme => scheme.Name = "", "scheme.name");
        await RefusedAsync(scheme => scheme.Name = new string('长', 101), "scheme.name");
        await RefusedAsync(scheme => scheme.PlaceCode = "14022", "scheme.place_code");
        await RefusedAsync(scheme => scheme.Groups.Add(Enumerable.Repeat("g", 60)), "scheme.groups");
    }

    [Fact]
    public async Task UpdateScheme_ChangesTheFieldsOfTheMask_AndOnlyWithTheCurrentEtag()
    {
        var draft = await CreateAsync();
        var change = draft.Clone();
        (change.Name, change.BasePoints) = ("新名称", "80");
        var updated = await _run.Organizer.Schemes.UpdateSchemeAsync(new() { Scheme = change, UpdateMask = new() { Paths = { "base_points" } } });
        (updated.Name, updated.BasePoints).ShouldBe((draft.Name, "80"));
        updated.Rules.ShouldBe(draft.Rules);

        var stale = await Refusal.OfAsync(async () => await _run.Organizer.Schemes.UpdateSchemeAsync(new() { Scheme = change }));
        (stale.Code, stale.Reason).ShouldBe((StatusCode.Aborted, "ETAG_MISMATCH"));
        var mask = await Refusal.OfAsync(async () => await _run.Organizer.Schemes.UpdateSchemeAsync(new() { Scheme = updated, UpdateMask = new() { Paths = { "place_code" } } }));
        mask.Reason.ShouldBe("UPDATE_MASK_INVALID");
    }

    [Fact]
    public async Task Published_NeverChanges_ThroughNoMethodAndNotInSql()
    {
        var published = await _run.PublishAsync("grid-workers-quarter.json");
        foreach (var call in new Func<Task>[]
                 {
                     async () => await _run.Organizer.Schemes.UpdateSchemeAsync(new() { Scheme = published }),
                     () => PublishAsync(published, "2026-01-01"),
                 })
        {
            var refusal = await Refusal.OfAsync(call);
            (refusal.Code, refusal.Reason).ShouldBe((StatusCode.FailedPrecondition, "SCHEME_PUBLISHED"));
        }

        foreach (var sql in new[] { "UPDATE scheme SET name = 'x'", "DELETE FROM scheme" })
            (await Should.ThrowAsync<PostgresException>(() => _run.ExecuteAsync(sql))).SqlState.ShouldBe(PostgresErrorCodes.RestrictViolation);
    }

    [Fact]
    public async Task CreateSchemeVersion_OfADraft_IsRefused()
    {
        var draft = await CreateAsync();
        var refusal = await Refusal.OfAsync(async () => await _run.Organizer.Schemes.CreateSchemeVersionAsync(new() { SchemeId = draft.SchemeId }));
        (refusal.Code, refusal.Reason).ShouldBe((StatusCode.FailedPrecondition, "SCHEME_NOT_PUBLISHED"));
    }

    [Fact]
    public async Task PublishScheme_WithoutEtagOrWithAStaleOne_IsRefused()
    {
        var draft = await CreateAsync();
        var stale = draft.Clone();
        await _run.Organizer.Schemes.UpdateSchemeAsync(new() { Scheme = draft });
        (await Refusal.OfAsync(() => PublishAsync(stale, "2026-01-01"))).Reason.ShouldBe("ETAG_MISMATCH");
        stale.Etag = "";
        (await Refusal.OfAsync(() => PublishAsync(stale, "2026-01-01"))).Fields.ShouldBe(["etag"]);
        stale.Etag = draft.Etag;
        (await Refusal.OfAsync(() => PublishAsync(stale, "1.1.2026"))).Fields.ShouldBe(["effective_date"]);
    }

    [Fact]
    public async Task CreateScheme_SentTwiceWithOneRequestId_IsOneScheme()
    {
        var request = new CreateSchemeRequest { Scheme = ScoringScenes.SchemeFile("grid-workers-quarter.json"), RequestId = _run.NewId() };
        var both = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ => await _run.Organizer.Schemes.CreateSchemeAsync(request)));
        both.Distinct().ShouldHaveSingleItem();
        (await _run.ScalarAsync<long>("SELECT count(*) FROM scheme WHERE id = $1", Guid.Parse(both[0].SchemeId))).ShouldBe(1);
    }

    [Fact]
    public async Task Writing_IsForOrganizersOfThePlace()
    {
        var scheme = ScoringScenes.SchemeFile("grid-workers-quarter.json");
        (await Refusal.OfAsync(async () => await _run.Committee.Schemes.CreateSchemeAsync(new() { Scheme = scheme }))).Reason.ShouldBe("PERMISSION_MISSING");
        var neighbour = _run.As("neighbour", "county_organizer", "140225");
        (await Refusal.OfAsync(async () => await neighbour.Schemes.CreateSchemeAsync(new() { Scheme = scheme }))).Reason.ShouldBe("OUT_OF_SCOPE");
        var draft = await CreateAsync();
        (await Refusal.OfAsync(async () => await neighbour.Schemes.UpdateSchemeAsync(new() { Scheme = draft }))).Reason.ShouldBe("OUT_OF_SCOPE");
        (await _run.As("worker", "grid_worker", "140224205201001").Schemes.ListEventTypesAsync(new())).EventTypes.Count.ShouldBe(6);
    }

    private async Task<Scheme> CreateAsync() =>
        await _run.Organizer.Schemes.CreateSchemeAsync(new() { Scheme = ScoringScenes.SchemeFile("grid-workers-quarter.json") });

    private async Task<Scheme> PublishAsync(Scheme draft, string date) => await _run.Organizer.Schemes.PublishSchemeAsync(new()
    {
        SchemeId = draft.SchemeId,
        Version = draft.Version,
        Etag = draft.Etag,
        EffectiveDate = date,
        RequestId = _run.NewId(),
    });

    private async Task RefusedAsync(Action<Scheme> change, string field)
    {
        var scheme = ScoringScenes.SchemeFile("grid-workers-quarter.json");
        change(scheme);
        var refusal = await Refusal.OfAsync(async () => await _run.Organizer.Schemes.CreateSchemeAsync(new() { Scheme = scheme }));
        (refusal.Code, refusal.Fields.ShouldHaveSingleItem()).ShouldBe((StatusCode.InvalidArgument, field));
    }
}
