using Grpc.Core;
using Jiceng.Hosting;
using Jiceng.Scoring;
using Jiceng.Scoring.V1;
using Jiceng.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace Jiceng.IntegrationTests.Scoring;

public sealed class RankingTests : IAsyncLifetime
{
    private ScoringRun _run = null!;
    private Scheme _scheme = null!;
    private string _first = "";
    private string _second = "";
    private string _third = "";

    public async ValueTask InitializeAsync()
    {
        _run = await ScoringRun.StartAsync();
        _scheme = await _run.PublishAsync("grid-workers-quarter.json");
        _first = await _run.WorkerAsync("甲", "140224205201001");
        _second = await _run.WorkerAsync("乙", "140224205201002", "part_time");
        _third = await _run.WorkerAsync("丙", "140224206201001");
        await CloseAsync(_first, 3);
        await CloseAsync(_second, 1);
        await CloseAsync(_third, 1);
    }

    public ValueTask DisposeAsync() => _run.DisposeAsync();

    [Fact]
    public async Task ListRanking_AskedAgain_ComesFromRedis_AndIsTheSame()
    {
        var ledger = await _run.RankingAsync(_scheme);
        var redis = await _run.RankingAsync(_scheme);
        (ledger.Source, redis.Source).ShouldBe((RankingSource.Ledger, RankingSource.Redis));
        redis.Rows.ShouldBe(ledger.Rows);
        redis.TotalSize.ShouldBe(3);
    }

    [Fact]
    public async Task ListRanking_FromRedis_HasItsCommandsInTheTrace_WithoutKeysAndValues()
    {
        await using var receiver = new OtlpReceiver();
        await using var run = await ScoringRun.StartAsync(settings: receiver.Settings);
        var scheme = await run.PublishAsync("grid-workers-quarter.json");
        var worker = await run.WorkerAsync("丁", "140224205201001");
        await run.RankingAsync(scheme);

        var command = await receiver.WaitForAsync(span => span.Service == "jiceng-scoring" && span.Source == "OpenTelemetry.Instrumentation.StackExchangeRedis");

        var call = await receiver.WaitForAsync(span => span.TraceId == command.TraceId && span.Kind == "server");
        call.Name.ShouldBe("jiceng.scoring.v1.PointsService/ListRanking");
        foreach (var redis in receiver.Spans.Where(span => span.Source == command.Source))
            redis.Tags.Values.ShouldNotContain(value => value.Contains(worker, StringComparison.Ordinal) || value.Contains(scheme.SchemeId, StringComparison.Ordinal));
    }

    [Fact]
    public async Task ListRanking_AfterAnyChange_IsAtOnceAsTheLedgerIs()
    {
        await _run.RankingAsync(_scheme);
        await CloseAsync(_third, 5);
        Shown(await _run.RankingAsync(_scheme)).First().ShouldBe((1, _third, "66"));
        var entry = (await _run.EntriesAsync(_third))[0];
        await _run.Organizer.Points.CorrectEntryAsync(new() { EntryId = entry.EntryId, Reason = "重复上报", RequestId = _run.NewId() });
        Shown(await _run.RankingAsync(_scheme)).First().ShouldBe((1, _third, "65"));
        var joined = await _run.WorkerAsync("戊", "140224206201003");
        Shown(await _run.RankingAsync(_scheme)).ShouldContain((4, joined, "60"));
    }

    [Fact]
    public async Task ListRanking_PageByPage_GivesTheSameRowsFromBothSources()
    {
        for (var i = 0; i < 20; i++) await _run.WorkerAsync($"组员{i}", $"140224207201{i + 1:D3}");
        var whole = await _run.RankingAsync(_scheme);
        var fromRedis = await PagesAsync();
        await FlushAsync();
        var fromLedger = await PagesAsync(flush: true);
        fromRedis.Sources.ShouldAllBe(source => source == RankingSource.Redis);
        fromLedger.Sources.ShouldAllBe(source => source == RankingSource.Ledger);
        fromRedis.Rows.ShouldBe(whole.Rows);
        fromLedger.Rows.ShouldBe(whole.Rows);
    }

    [Fact]
    public async Task ListRanking_WithRedisFlushed_IsRightAtOnce_AndFillsRedisAgain()
    {
        var before = await _run.RankingAsync(_scheme);
        await FlushAsync();
        var flushed = await _run.RankingAsync(_scheme);
        flushed.Rows.ShouldBe(before.Rows);
        flushed.Source.ShouldBe(RankingSource.Ledger);
        (await _run.RankingAsync(_scheme)).Source.ShouldBe(RankingSource.Redis);
    }

    [Fact]
    public async Task ListRanking_WithRedisAway_IsRight_AndRedisServesAgainWhenItIsBack()
    {
        var before = await _run.RankingAsync(_scheme);
        await _run.Redis.StopAsync();
        await CloseAsync(_second, 4);
        var away = await _run.RankingAsync(_scheme);
        away.Source.ShouldBe(RankingSource.Ledger);
        Shown(away).First().ShouldBe((1, _second, "65"));
        away.Rows.Count.ShouldBe(before.Rows.Count);

        await _run.Redis.RestartAsync(TestContext.Current.CancellationToken);
        var deadline = TimeProvider.System.GetTimestamp();
        while ((await _run.RankingAsync(_scheme)).Source != RankingSource.Redis)
        {
            TimeProvider.System.GetElapsedTime(deadline).ShouldBeLessThan(TimeSpan.FromSeconds(120), "Redis is back");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        (await _run.RankingAsync(_scheme)).Rows.ShouldBe(away.Rows);
    }

    [Fact]
    public async Task RebuildRanking_WritesWhatTheLedgerHas_AndNeedsRedis()
    {
        await FlushAsync();
        var request = new RebuildRankingRequest { RequestId = _run.NewId() };
        (await _run.Operator.Points.RebuildRankingAsync(request)).RankingCount.ShouldBe(3);
        var ranking = await _run.RankingAsync(_scheme);
        (ranking.Source, ranking.Rows.Count).ShouldBe((RankingSource.Redis, 3));

        await _run.Redis.StopAsync();
        var refusal = await Refusal.OfAsync(async () => await _run.Operator.Points.RebuildRankingAsync(new()));
        (refusal.Code, refusal.Reason).ShouldBe((StatusCode.Unavailable, "DEPENDENCY_UNAVAILABLE"));
        refusal.Text.ShouldContain("google.rpc.RetryInfo");
    }

    [Fact]
    public async Task RebuildRanking_DropsWhatWasForged()
    {
        await _run.RankingAsync(_scheme);
        using var redis = await ConnectionMultiplexer.ConnectAsync(_run.Redis.Address);
        var key = redis.GetServer(_run.Redis.Address).Keys().ShouldHaveSingleItem();
        await redis.GetDatabase().SortedSetAddAsync(key, $"person:{_run.NewId()} 140224205 999", 0);
        (await _run.RankingAsync(_scheme)).Rows[0].TotalPoints.ShouldBe("999");

        var command = _run.Services.GetServices<IServiceCommand>().Single(command => command.Name == "rebuild-ranking");
        (await command.RunAsync([], TestContext.Current.CancellationToken)).ShouldBe(0);
        var rebuilt = await _run.RankingAsync(_scheme);
        rebuilt.Source.ShouldBe(RankingSource.Redis);
        Shown(rebuilt).ShouldBe([(1, _first, "63"), (2, _second, "61"), (2, _third, "61")], ignoreOrder: true);
    }

    [Fact]
    public async Task ListRanking_OfAWorkerWhoLeft_StillHoldsWhatWasEarned()
    {
        var duty = _run.NewId();
        var person = await _run.PersonAsync("离岗");
        await _run.DutyAsync(person, id: duty, start: _run.Clock.GetUtcNow().AddYears(-2));
        await CloseAsync(person, 1);
        await _run.DutyAsync(person, id: duty, start: _run.Clock.GetUtcNow().AddYears(-2), end: _run.Clock.GetUtcNow().AddYears(-1), sequence: 2);
        Shown(await _run.RankingAsync(_scheme, group: "full_time")).ShouldContain((2, person, "61"));
        await CloseAsync(person, 1);
        (await _run.EntriesAsync(person)).ShouldHaveSingleItem("who is not on duty any more is given no new points");
    }

    private static IEnumerable<(int Rank, string Subject, string Total)> Shown(ListRankingResponse ranking) =>
        ranking.Rows.Select(row => (row.Rank, row.SubjectId, row.TotalPoints));

    private async Task CloseAsync(string worker, int count)
    {
        for (var i = 0; i < count; i++) await _run.HearAsync(ScoringScenes.Closed, _run.CaseOf(worker));
    }

    private async Task FlushAsync()
    {
        using var redis = await ConnectionMultiplexer.ConnectAsync($"{_run.Redis.Address},allowAdmin=true");
        await redis.GetServer(_run.Redis.Address).FlushDatabaseAsync();
    }

    private async Task<(List<RankingRow> Rows, List<RankingSource> Sources)> PagesAsync(bool flush = false)
    {
        var rows = new List<RankingRow>();
        var sources = new List<RankingSource>();
        var request = new ListRankingRequest { SchemeId = _scheme.SchemeId, PageSize = 7 };
        do
        {
            if (flush) await FlushAsync();
            var page = await _run.Organizer.Points.ListRankingAsync(request);
            rows.AddRange(page.Rows);
            sources.Add(page.Source);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        return (rows, sources);
    }
}
