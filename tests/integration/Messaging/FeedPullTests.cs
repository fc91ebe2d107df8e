using System.Diagnostics;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Messaging;

public sealed class FeedPullTests : IAsyncLifetime
{
    private readonly TestTokens _tokens = new();
    private MessagingHost _grid = null!;

    public async ValueTask InitializeAsync() => _grid = await MessagingHost.StartAsync(new() { Hears = false, Settings = Trusting(_tokens) });

    public async ValueTask DisposeAsync()
    {
        await _grid.DisposeAsync();
        _tokens.Dispose();
    }

    [Fact]
    public async Task Pull_BrokerBroughtNothing_BringsEverythingOnceAlsoAfterARestart()
    {
        using var change = new Activity("change").SetIdFormat(ActivityIdFormat.W3C).Start();
        for (var i = 0; i < 700; i++) await _grid.PublishAsync($"c{i}");
        var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();

        await using (var scoring = await ScoringAsync(database))
        {
            await Eventually.HoldsAsync(async () => await scoring.EffectsAsync() == 700, "all events of the feed take effect");
            (await scoring.ScalarAsync<string>("SELECT trace_id FROM effect LIMIT 1")).ShouldBe(change.TraceId.ToHexString());
            await _grid.PublishAsync("while it runs");
            await Eventually.HoldsAsync(async () => await scoring.EffectsAsync() == 701, "the next pull brings what is new");
        }

        await _grid.PublishAsync("while it is away");
        await using var again = await ScoringAsync(database);
        await Eventually.HoldsAsync(async () => await again.EffectsAsync() == 702, "it goes on where it was");
        again.Handler.Calls.ShouldBe(1, "it did not begin anew");
    }

    [Fact]
    public async Task Pull_SomeCameByTheBroker_BringsOnlyTheOthers()
    {
        var first = await _grid.PublishAsync("c1");
        await _grid.PublishAsync("c2");
        var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await using (var early = await ScoringAsync(database, "none"))
            await Deliveries.PostAsync(early, Deliveries.CaseClosed(first));

        await using var scoring = await ScoringAsync(database);

        await Eventually.HoldsAsync(async () => await scoring.EffectsAsync() == 2, "both took effect");
        scoring.Handler.Calls.ShouldBe(1);
    }

    [Fact]
    public async Task Pull_EventOfTheLastInterval_IsLeftToTheBroker()
    {
        await _grid.PublishAsync("old");
        await _grid.ExecuteAsync("UPDATE outbox SET event_time = event_time - interval '1 hour'");
        await _grid.PublishAsync("young");
        await _grid.PublishAsync("older than the one before");
        await _grid.ExecuteAsync("UPDATE outbox SET event_time = event_time - interval '1 hour' WHERE subject = 'older than the one before'");
        var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();

        await using (var early = await ScoringAsync(database, interval: "00:10:00"))
        {
            await Eventually.HoldsAsync(async () => await early.EffectsAsync() == 1, "the old one took effect");
            await Task.Delay(500, TestContext.Current.CancellationToken);
            (await early.EffectsAsync()).ShouldBe(1, "what follows a young one waits with it");
        }

        await using var late = await ScoringAsync(database);
        await Eventually.HoldsAsync(async () => await late.EffectsAsync() == 3, "nothing was passed by");
    }

    [Fact]
    public async Task Pull_OneEventFails_BecomesADeadLetterAndHoldsUpNoOther()
    {
        var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await using var scoring = await ScoringAsync(database);
        scoring.Handler.Before = caseId => caseId == "poison" ? throw new InvalidOperationException() : Task.CompletedTask;
        await _grid.PublishAsync("poison");
        await _grid.PublishAsync("good");

        await Eventually.HoldsAsync(async () => await scoring.EffectsAsync() == 1, "the other took effect");

        await Eventually.HoldsAsync(async () => await scoring.ScalarAsync<long>("SELECT count(*) FROM dead_letter") == 1, "the letter is kept");
        await Eventually.HoldsAsync(async () => await scoring.ScalarAsync<long>("SELECT count(*) FROM feed_cursor WHERE position <> ''") == 1, "the cursor moved");
        scoring.Handler.Before = _ => Task.CompletedTask;
        var replayed = await scoring.Client.ReplayDeadLettersAsync(new(), scoring.As("operator"));
        replayed.ReplayedCount.ShouldBe(1);
        (await scoring.EffectsAsync()).ShouldBe(2);
    }

    [Fact]
    public async Task Pull_PositionIsOfAnotherFeed_BeginsAnew()
    {
        await _grid.PublishAsync("c1");
        var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await using (var early = await ScoringAsync(database, "none"))
        {
            await early.ExecuteAsync($"INSERT INTO feed_cursor VALUES ('grid', '{MessagingHost.Closed}', 'of a feed that is no more', now())");
        }

        await using var scoring = await ScoringAsync(database);

        await Eventually.HoldsAsync(async () => await scoring.EffectsAsync() == 1, "the event took effect");
    }

    [Fact]
    public async Task Start_FeedAddressIsMissing_SaysWhichSettingIsWrong()
    {
        var failure = await Should.ThrowAsync<Microsoft.Extensions.Options.OptionsValidationException>(
            MessagingHost.StartAsync(new() { Settings = { ["Feeds:grid"] = null } }));

        failure.Message.ShouldContain("Feeds:grid has to be the gRPC address of grid");
    }

    private static Dictionary<string, string?> Trusting(TestTokens tokens) => new(tokens.Settings);

    private Task<MessagingHost> ScoringAsync(string database, string? feed = null, string interval = "00:00:01") => MessagingHost.StartAsync(
        new()
        {
            Service = "scoring",
            FeedToken = _tokens.Issue("jiceng/scoring", ["service"]),
            Settings = { ["Feeds:grid"] = feed ?? _grid.Grpc.ToString(), ["Feeds:Interval"] = interval },
        },
        database);
}
