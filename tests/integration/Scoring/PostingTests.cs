using Google.Protobuf.WellKnownTypes;
using Jiceng.Cadre.Events.V1;
using Jiceng.Grid.Events.V1;
using Jiceng.Scoring.V1;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Scoring;

public sealed class PostingTests(ScoringFixture fixture) : IClassFixture<ScoringFixture>
{
    private readonly ScoringRun _run = fixture.Run;
    private readonly Scheme _scheme = fixture.Workers;

    [Fact]
    public async Task CaseClosed_GivesItsHandlerPoints_ThatLeadBackToTheEventAndItsTrace()
    {
        var worker = await _run.WorkerAsync();
        var closed = _run.CaseOf(worker);
        var id = _run.NewId();
        (await _run.SendAsync(ScoringScenes.Closed, closed, id, "0af7651916cd43dd8448eb211c80319c")).Status.ShouldBe(200);

        var balance = await _run.BalanceAsync(_scheme, worker);
        (balance.BasePoints, balance.EntryPoints, balance.TotalPoints, balance.EntryCount).ShouldBe(("60", "1", "61", 1));
        var entry = (await _run.EntriesAsync(worker)).ShouldHaveSingleItem();
        (entry.RuleKey, entry.Points, entry.SchemeVersion, entry.Period, entry.Sequence).ShouldBe(("case_on_time", "1", 1, _run.Quarter(), 1));
        (entry.EventId, entry.EventType, entry.TraceId).ShouldBe((id, ScoringScenes.Closed, "0af7651916cd43dd8448eb211c80319c"));
        (entry.Group, entry.Role, entry.PlaceCode, entry.PreviousHash).ShouldBe(("full_time", "handler", "140224205201001", new string('0', 64)));
        entry.Reason.ShouldBe("按期办结网格事件：网格事件结案（sanitation.rubbish）");

        var explained = await _run.Organizer.Points.ExplainEntryAsync(new() { EntryId = entry.EntryId });
        explained.Entry.ShouldBe(entry);
        (explained.SchemeName, explained.RuleTitle, explained.MatterId).ShouldBe(("网格员季度积分办法", "按期办结网格事件", closed.CaseId));
        explained.EventFields["urgency"].ShouldBe("normal");
        explained.EventFields["on_time"].ShouldBe("true");
    }

    [Fact]
    public async Task CaseClosed_DeliveredTwice_ScoresOnce_AndAgainAfterReopening_NeverAgain()
    {
        var worker = await _run.WorkerAsync();
        var closed = _run.CaseOf(worker);
        var id = _run.NewId();
        await _run.HearAsync(ScoringScenes.Closed, closed, id);
        await _run.HearAsync(ScoringScenes.Closed, closed, id);
        closed.CloseCount = 2;
        closed.Sequence = 9;
        await _run.HearAsync(ScoringScenes.Closed, closed);
        (await _run.EntriesAsync(worker)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task EventsOfOneHandler_InAnyOrder_GiveTheSameScore()
    {
        var closed = new Func<string, CaseClosed>(worker => _run.CaseOf(worker));
        var scores = new List<string>();
        foreach (var order in (int[][])[[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]])
        {
            var worker = _run.NewId();
            var reworked = closed(worker);
            reworked.ReworkCount = 2;
            Func<Task>[] happened =
            [
                () => _run.PersonAsync("赵敏", id: worker),
                () => _run.DutyAsync(worker),
                () => _run.HearAsync(ScoringScenes.Closed, reworked),
                () => _run.HearAsync("jiceng.grid.case.rated.v1", new CaseRated
                {
                    CaseId = reworked.CaseId, NodeCode = reworked.NodeCode, Category = reworked.Category, Rating = 5, HandlerIds = { worker },
                    RateTime = _run.Clock.GetUtcNow().ToTimestamp(), Sequence = 7,
                }),
            ];
            foreach (var step in order) await happened[step]();
            scores.Add((await _run.BalanceAsync(_scheme, worker)).TotalPoints);
        }

        scores.ShouldAllBe(score => score == "60.5");
    }

    [Fact]
    public async Task CaseClosed_ByAnUnknownPerson_Waits_AndIsScoredWhenThePersonBecomesKnown()
    {
        var worker = _run.NewId();
        await _run.DutyAsync(worker);
        await _run.HearAsync(ScoringScenes.Closed, _run.CaseOf(worker));
        (await _run.ScalarAsync<long>("SELECT count(*) FROM fact_part WHERE subject_id = $1 AND pending_since IS NOT NULL", worker)).ShouldBe(1);
        (await _run.ScalarAsync<long>("SELECT count(*) FROM ledger_entry WHERE subject_id = $1", worker)).ShouldBe(0);

        await _run.PersonAsync("孙丽", id: worker);
        (await _run.BalanceAsync(_scheme, worker)).TotalPoints.ShouldBe("61");
        (await _run.ScalarAsync<long>("SELECT count(*) FROM fact_part WHERE subject_id = $1 AND pending_since IS NOT NULL", worker)).ShouldBe(0);
    }

    [Fact]
    public async Task CaseClosed_ByAPersonOutsideTheGroups_GivesNothing_UntilADutyOfThatDayArrives()
    {
        var person = await _run.PersonAsync("周强");
        await _run.HearAsync(ScoringScenes.Closed, _run.CaseOf(person));
        (await _run.EntriesAsync(person)).ShouldBeEmpty();

        await _run.DutyAsync(person, start: _run.Clock.GetUtcNow().AddDays(2));
        (await _run.EntriesAsync(person)).ShouldBeEmpty("the duty began after the case was closed");
        await _run.DutyAsync(person, "part_time", start: _run.Clock.GetUtcNow().AddDays(-2));
        (await _run.EntriesAsync(person)).ShouldHaveSingleItem().Group.ShouldBe("part_time");
    }

    [Fact]
    public async Task PersonChanged_OlderThanWhatIsKnown_ChangesNothing()
    {
        var person = await _run.PersonAsync("新名", sequence: 5, categories: ["party_member"]);
        await _run.PersonAsync("旧名", sequence: 3, id: person, categories: ["leadership_member"]);
        (await _run.ScalarAsync<string>("SELECT name FROM subject WHERE id = $1", person)).ShouldBe("新名");
        (await _run.ScalarAsync<long>("SELECT count(*) FROM membership WHERE subject_id = $1 AND group_name = 'leadership_member'", person)).ShouldBe(0);
    }

    [Fact]
    public async Task Categories_GainedLater_DoNotReachBack()
    {
        var person = await _run.PersonAsync("钱进", categories: ["official"]);
        await _run.HearAsync("jiceng.cadre.commendation.recorded.v1", Commended(person, -40));
        await _run.PersonAsync("钱进", id: person, sequence: 2, categories: ["official", "leadership_member"]);
        (await _run.EntriesAsync(person)).ShouldBeEmpty("who became a leader today was none forty days ago");
        await _run.HearAsync("jiceng.cadre.commendation.recorded.v1", Commended(person, 0));
        (await _run.BalanceAsync(fixture.Officials, person)).TotalPoints.ShouldBe("12");
    }

    [Fact]
    public async Task Caps_AreNeverExceeded_AndWhatTheyCutIsToldWithItsEntry()
    {
        var scheme = ScoringScenes.SchemeFile("grid-workers-quarter.json");
        scheme.Rules.Single(rule => rule.RuleKey == "case_on_time").CapPoints = "2.5";
        scheme.PlaceCode = "140224211";
        var capped = await _run.PublishAsync(scheme);
        var worker = await _run.WorkerAsync(node: "140224211201001");
        for (var i = 0; i < 5; i++) await _run.HearAsync(ScoringScenes.Closed, _run.CaseOf(worker));

        (await _run.BalanceAsync(capped, worker)).EntryPoints.ShouldBe("2.5");
        var entries = (await _run.EntriesAsync(worker)).Where(entry => entry.SchemeId == capped.SchemeId).OrderBy(entry => entry.Sequence).ToList();
        entries.Select(entry => entry.Points).ShouldBe(["1", "1", "0.5", "0", "0"]);
        entries.ShouldAllBe(entry => entry.UncappedPoints == "1");
        entries[2].Reason.ShouldEndWith("（已达上限）");
        (await _run.BalanceAsync(_scheme, worker)).EntryPoints.ShouldBe("5", "the other scheme has its own caps");
    }

    [Fact]
    public async Task Overdue_TakesPoints_OnceForEachCase()
    {
        var worker = await _run.WorkerAsync();
        var overdue = new CaseOverdue
        {
            CaseId = _run.NewId(),
            NodeCode = "140224205201001",
            Category = "sanitation.rubbish",
            Stage = "handle",
            DueTime = _run.Clock.GetUtcNow().ToTimestamp(),
            ResponsibleIds = { worker },
            Sequence = 4,
        };
        await _run.HearAsync("jiceng.grid.case.overdue.v1", overdue);
        await _run.HearAsync("jiceng.grid.case.overdue.v1", overdue);
        overdue.CaseId = _run.NewId();
        overdue.Stage = "accept";
        await _run.HearAsync("jiceng.grid.case.overdue.v1", overdue);
        (await _run.BalanceAsync(_scheme, worker)).TotalPoints.ShouldBe("59");
    }

    [Fact]
    public async Task Period_IsTheQuarterOfTheEventInShanghai_NotOfItsArrival()
    {
        var worker = await _run.WorkerAsync();
        var year = _run.Clock.GetUtcNow().Year;
        foreach (var (time, quarter) in new[]
                 {
                     (new DateTimeOffset(year, 3, 31, 15, 59, 59, TimeSpan.Zero), $"{year}Q1"),
                     (new DateTimeOffset(year, 3, 31, 16, 0, 0, TimeSpan.Zero), $"{year}Q2"),
                 })
        {
            await _run.DutyAsync(worker, start: time.AddYears(-1));
            var closed = _run.CaseOf(worker);
            closed.CloseTime = time.ToTimestamp();
            await _run.HearAsync(ScoringScenes.Closed, closed);
            (await _run.EntriesAsync(worker))[0].Period.ShouldBe(quarter);
        }
    }

    [Fact]
    public async Task Events_FiftyAtOnceOnOneSubject_LeaveOneUnbrokenChain()
    {
        var worker = await _run.WorkerAsync(node: "140224209201001");
        var other = await _run.WorkerAsync("刘伟", "140224209201001");
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i =>
            _run.HearAsync(ScoringScenes.Closed, i % 2 == 0 ? _run.CaseOf(worker, other) : _run.CaseOf(other, worker))));

        var entries = await _run.EntriesAsync(worker);
        entries.Select(entry => entry.Sequence).ShouldBe(Enumerable.Range(1, 50).Reverse().Select(i => (long)i));
        entries.Zip(entries.Skip(1)).ShouldAllBe(pair => pair.First.PreviousHash == pair.Second.Hash);
        var verified = await _run.Organizer.Points.VerifyLedgerAsync(new() { PlaceCode = "140224209" });
        (verified.Intact, verified.SubjectCount, verified.EntryCount).ShouldBe((true, 2, 100));
        (await _run.BalanceAsync(_scheme, worker)).EntryPoints.ShouldBe("50");
        (await _run.ScalarAsync<long>("SELECT count(*) FROM outbox WHERE type = 'jiceng.scoring.points.posted.v1' AND subject = $1", worker)).ShouldBe(50);
    }

    [Fact]
    public async Task PersonsAndCases_ArrivingAtTheSameMoment_NeverMissEachOther()
    {
        var workers = Enumerable.Range(0, 20).Select(_ => _run.NewId()).ToList();
        await Task.WhenAll(workers.SelectMany(worker => new Func<Task>[]
        {
            () => _run.HearAsync(ScoringScenes.Closed, _run.CaseOf(worker)),
            () => _run.DutyAsync(worker),
            () => _run.PersonAsync("并发", id: worker),
        }).Select(happen => happen()));
        foreach (var worker in workers) (await _run.EntriesAsync(worker)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Publish_AScheme_ThatIsInForceSinceEarlier_ScoresWhatHappenedSince()
    {
        const string node = "140224210201001";
        await _run.HearAsync("jiceng.grid.node.changed.v1", new NodeChanged { Code = node, Name = "一网格", Sequence = 1 });
        var closed = _run.CaseOf(_run.NewId());
        closed.NodeCode = node;
        await _run.HearAsync(ScoringScenes.Closed, closed);
        var grids = await _run.PublishAsync(new Scheme
        {
            Name = "网格积分",
            SubjectKind = SubjectKind.GridNode,
            PeriodKind = PeriodKind.Year,
            PlaceCode = ScoringRun.County,
            Groups = { "micro_grid" },
            Rules = { new Rule { RuleKey = "closed", Title = "结案", EventType = ScoringScenes.Closed, Role = "node", FixedPoints = "1" } },
        });
        var year = $"{_run.Clock.GetUtcNow().AddHours(8).Year}";
        (await _run.BalanceAsync(grids, node, year)).TotalPoints.ShouldBe("1");
        (await _run.RankingAsync(grids)).Rows.ShouldHaveSingleItem().DisplayName.ShouldBe("一网格");
    }

    [Fact]
    public async Task Posted_IsTold_WithTheScoreAndWithoutANameOrReason()
    {
        var worker = await _run.WorkerAsync("不可泄露");
        await _run.HearAsync(ScoringScenes.Closed, _run.CaseOf(worker));
        var told = await _run.ScalarAsync<string>("SELECT data_json FROM outbox WHERE type = 'jiceng.scoring.points.posted.v1' AND subject = $1", worker);
        var posted = Jiceng.Scoring.Events.V1.PointsPosted.Parser.ParseJson(told);
        (posted.SubjectKind, posted.SubjectId, posted.Points, posted.Sequence, posted.Period).ShouldBe(("person", worker, "1", 1, _run.Quarter()));
        told.ShouldNotContain("不可泄露");
    }

    private CommendationRecorded Commended(string person, int days) => new()
    {
        RecordId = _run.NewId(),
        PersonId = person,
        Level = "county",
        Title = "先进个人",
        DocumentNumber = "灵发〔2026〕1号",
        Date = Jiceng.Domain.ChinaTime.Day(_run.Clock.GetUtcNow()).AddDays(days).ToString("yyyy-MM-dd"),
        PlaceCode = ScoringRun.Township,
        RecordTime = _run.Clock.GetUtcNow().ToTimestamp(),
        Sequence = 1,
    };
}
