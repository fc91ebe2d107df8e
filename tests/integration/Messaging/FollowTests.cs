using System.Diagnostics;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Jiceng.Common.V1;
using Jiceng.Domain;
using Jiceng.Grid.Events.V1;
using Jiceng.Messaging;
using Jiceng.Persistence;
using Jiceng.TestSupport;
using Npgsql;
using Shouldly;
using Xunit;
using WriteContext = Jiceng.Persistence.WriteContext;

namespace Jiceng.IntegrationTests.Messaging;

public sealed class FollowTests : IAsyncLifetime
{
    private readonly TestBroker _broker = new();
    private MessagingHost _host = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Follow_FromTheStart_TellsWhatThereIsAndThenEachCommitSoon()
    {
        await _host.PublishAsync("before");
        using var follower = Follower.Of(_host, new FollowEventsRequest());
        await follower.UntilAsync(1);
        var fastest = TimeSpan.MaxValue;
        for (var i = 0; i < 10; i++)
        {
            var published = Stopwatch.GetTimestamp();
            await _host.PublishAsync($"then {i}");
            await follower.UntilAsync(i + 2);
            var taken = Stopwatch.GetElapsedTime(published);
            if (taken < fastest) fastest = taken;
        }

        follower.Subjects.ShouldBe(["before", .. Enumerable.Range(0, 10).Select(i => $"then {i}")]);
        // Other tests' transactions hold the feed of the cluster back now and then; without the wake each would take a second.
        fastest.ShouldBeLessThan(TimeSpan.FromMilliseconds(500));
    }

    [Fact]
    public async Task Follow_AfterAnyPosition_LosesNothingAndRepeatsNothing()
    {
        using var first = Follower.Of(_host, new FollowEventsRequest());
        await first.NextAsync();
        var writers = Enumerable.Range(0, 6).Select(writer => Task.Run(
            async () =>
            {
                for (var i = 0; i < 30; i++) await _host.PublishAsync($"{writer}-{i}");
            },
            Stop)).ToList();
        await first.UntilAsync(180);
        await Task.WhenAll(writers);
        var all = first.Subjects.ToList();
        all.Distinct().Count().ShouldBe(180);

        foreach (var (message, index) in first.Messages.Select((message, index) => (message, index)))
        {
            var rest = first.Messages.Skip(index + 1).SelectMany(later => later.Events).Select(one => one.Subject).ToList();
            using var again = Follower.Of(_host, new FollowEventsRequest { AfterPosition = message.Position });
            (await again.UntilAsync(rest.Count)).Subjects.ShouldBe(rest);
        }
    }

    [Fact]
    public async Task Follow_OlderTransactionCommitsLast_IsToldFirst()
    {
        await using var older = await _host.Database.Source.OpenConnectionAsync(Stop);
        await using var open = await older.BeginTransactionAsync(Stop);
        await InsertAsync(older, "older, commits last");
        await _host.PublishAsync("younger, commits first");
        using var follower = Follower.Of(_host, new FollowEventsRequest());
        (await follower.NextAsync()).Events.ShouldBeEmpty();

        await open.CommitAsync(Stop);

        (await follower.UntilAsync(2)).Subjects.ShouldBe(["older, commits last", "younger, commits first"]);
    }

    [Fact]
    public async Task Follow_ManyCommits_ComeInFewMessages()
    {
        using var follower = Follower.Of(_host, new FollowEventsRequest());
        await follower.NextAsync();
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < 300; i++) await _host.PublishAsync($"{i}");
        await follower.UntilAsync(300);

        follower.Messages.Count.ShouldBeLessThanOrEqualTo(2 + (int)(Stopwatch.GetElapsedTime(started).TotalMilliseconds / 100));
    }

    [Fact]
    public async Task Follow_FromNow_TellsNothingOfBefore()
    {
        await _host.PublishAsync("before");
        using (var all = Follower.Of(_host, new FollowEventsRequest())) await all.UntilAsync(1);
        using var follower = Follower.Of(_host, new FollowEventsRequest { FromNow = true });
        await follower.NextAsync();

        await _host.PublishAsync("after");

        (await follower.UntilAsync(1)).Subjects.ShouldBe(["after"]);
    }

    [Fact]
    public async Task Follow_AnotherSystem_HearsItsTypesInItsPlaces()
    {
        await PublishAsync("case there", "140224002", new CaseClosed());
        await PublishAsync("case here", "140224001201", new CaseClosed());
        await PublishAsync("case in another village", "140224001202", new CaseClosed());
        await PublishAsync("duty here", "140224001201", new DutyChanged());
        await PublishAsync("nowhere", null, new CaseClosed());
        await PublishAsync("last", "140224001201", new CaseRated());
        var here = _host.System(TimeSpan.FromMinutes(10), "140224001");

        (await FollowAsync(new FollowEventsRequest(), here)).ShouldBe(["case here", "case in another village", "duty here", "last"]);
        (await FollowAsync(new FollowEventsRequest { PlaceCode = "140224001201" }, here)).ShouldBe(["case here", "duty here", "last"]);
        (await FollowAsync(new FollowEventsRequest { Types_ = { MessagingHost.Closed, "jiceng.grid.case.rated.v1" } }, here))
            .ShouldBe(["case here", "case in another village", "last"]);
        var service = _host.As("service");
        (await FollowAsync(new FollowEventsRequest(), service)).Count.ShouldBe(6);
    }

    [Fact]
    public async Task Follow_TypeThatThereIsNot_IsRefusedWithThoseThatThereAre()
    {
        using var follower = Follower.Of(_host, new FollowEventsRequest { Types_ = { "jiceng.grid.case.opened.v1" } }, _host.System(TimeSpan.FromMinutes(10), "140224"));
        var refused = Refusal.Of(await follower.EndAsync());
        (refused.Code, refused.Info.Reason).ShouldBe((StatusCode.InvalidArgument, "EVENT_TYPE_UNKNOWN"));
        refused.Info.Metadata["known"].ShouldContain(MessagingHost.Closed);
    }

    [Theory]
    [InlineData("x", false, "PAGE_TOKEN_INVALID")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", false, "PAGE_TOKEN_INVALID")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", true, "ARGUMENT_INVALID")]
    public async Task Follow_AfterAPositionThatCannotBe_IsRefused(string position, bool fromNow, string reason)
    {
        using var follower = Follower.Of(_host, new FollowEventsRequest { AfterPosition = position, FromNow = fromNow });
        var refused = Refusal.Of(await follower.EndAsync());
        (refused.Code, refused.Info.Reason).ShouldBe((StatusCode.InvalidArgument, reason));
    }

    [Fact]
    public async Task Follow_TokenEnds_EndsUnauthenticated()
    {
        using var follower = Follower.Of(_host, new FollowEventsRequest(), _host.System(TimeSpan.FromSeconds(3), "140224"));
        await follower.NextAsync();
        var refused = Refusal.Of(await follower.EndAsync());
        (refused.Code, refused.Info.Reason).ShouldBe((StatusCode.Unauthenticated, "TOKEN_INVALID"));
    }

    [Fact]
    public async Task Follow_ServiceStops_EndsUnavailableSoThatItGoesOnElsewhere()
    {
        await _host.PublishAsync("a");
        using var follower = Follower.Of(_host, new FollowEventsRequest());
        await follower.UntilAsync(1);

        await _host.StopAsync();

        (await follower.EndAsync()).StatusCode.ShouldBe(StatusCode.Unavailable);
    }

    [Fact]
    public async Task Follow_MoreThanOneReplicaServes_IsTurnedAwayUntilOneEnds()
    {
        await using var host = await StartAsync(("Outbox:Followers", "1"));
        using (var first = Follower.Of(host, new FollowEventsRequest()))
        {
            await first.NextAsync();
            using var second = Follower.Of(host, new FollowEventsRequest());
            var refused = await second.EndAsync();
            (refused.StatusCode, Refusal.Of(refused).Info.Reason).ShouldBe((StatusCode.ResourceExhausted, "FOLLOWERS_FULL"));
            refused.GetRpcStatus()!.Details.ShouldContain(detail => detail.Is(Google.Rpc.RetryInfo.Descriptor));
        }

        await Eventually.HoldsAsync(
            async () =>
            {
                using var next = Follower.Of(host, new FollowEventsRequest());
                try
                {
                    return (await next.NextAsync()) is not null;
                }
                catch (RpcException)
                {
                    return false;
                }
            },
            "the place is free again");
    }

    [Fact]
    public async Task Follow_SlowConsumer_HoldsUpNobodyAndMissesNothing()
    {
        using var slow = Follower.Of(_host, new FollowEventsRequest());
        await slow.NextAsync();
        // More than all windows and buffers on the way hold.
        await _host.ExecuteAsync(
            $$"""
            INSERT INTO outbox (id, topic, type, subject, sequence, event_time, data_json)
            SELECT gen_random_uuid(), '{{MessagingHost.Topic}}', '{{MessagingHost.Closed}}', 's' || n, 1, now(), '"' || repeat('x', 250000) || '"' FROM generate_series(1, 120) n
            """);
        using var quick = Follower.Of(_host, new FollowEventsRequest());
        await quick.UntilAsync(120);
        await _host.PublishAsync("last");
        await quick.UntilAsync(121);

        (await slow.UntilAsync(121)).Subjects.ShouldBe([.. Enumerable.Range(1, 120).Select(n => $"s{n}"), "last"]);
    }

    [Fact]
    public async Task Follow_NothingHappens_GivesASignOfLifeWithAPosition()
    {
        await using var host = await MessagingHost.StartAsync(new() { Broker = _broker, Runs = false, Hears = false, Time = new HurriedTime() });
        using var follower = Follower.Of(host, new FollowEventsRequest());
        await follower.NextAsync();
        var started = Stopwatch.GetTimestamp();

        var sign = await follower.NextAsync();

        sign.Events.ShouldBeEmpty();
        sign.CaughtUp.ShouldBeTrue();
        sign.Position.ShouldNotBeEmpty();
        Stopwatch.GetElapsedTime(started).ShouldBeGreaterThan(TimeSpan.FromMilliseconds(400), "it is no flood");
    }

    [Fact]
    public async Task Publish_EventWithoutATopic_IsToldByTheFeedAndNeverByTheBroker()
    {
        await using var host = await MessagingHost.StartAsync(new() { Broker = _broker, Hears = false });
        await host.PublishAsync("c1", new CaseChanged { CaseId = "c1" });
        await host.PublishAsync("c2");
        using var follower = Follower.Of(host, new FollowEventsRequest());
        var told = (await follower.UntilAsync(2)).Events.First();
        (told.Subject, told.Type, told.Source).ShouldBe(("c1", "jiceng.grid.case.changed.v1", "jiceng/grid"));

        var replayed = await host.Client.ReplayEventsAsync(
            new ReplayEventsRequest { StartTime = TimeProvider.System.GetUtcNow().AddMinutes(-1).ToTimestamp(), DryRun = true }, host.As("operator"), cancellationToken: Stop);
        await Eventually.HoldsAsync(() => !_broker.Published.IsEmpty, "the other is published");

        _broker.Published.ShouldHaveSingleItem().Event.Subject.ShouldBe("c2");
        replayed.EventCount.ShouldBeLessThanOrEqualTo(1);
        await using var connection = await host.Database.Source.OpenConnectionAsync(Stop);
        (await host.ScalarAsync<long>("SELECT count(*) FROM outbox WHERE publish_time IS NULL AND type = 'jiceng.grid.case.changed.v1'")).ShouldBe(0);
    }

    private static Task<MessagingHost> StartAsync(params (string Key, string Value)[] settings) => MessagingHost.StartAsync(new()
    {
        Runs = false,
        Hears = false,
        Settings = new Dictionary<string, string?>(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)))
        {
            ["Authentication:ClockSkew"] = "00:00:00",
        },
    });

    private Task<Guid> PublishAsync(string subject, string? place, Google.Protobuf.IMessage payload) => _host.Database.WriteAsync(
        new WriteContext("tester", "test"),
        (work, _) => Task.FromResult(work.Publish(subject, place is null ? null : PlaceCode.Parse(place), 1, payload)),
        Stop);

    /// <summary>The events until the feed is empty and has returned the newest.</summary>
    private async Task<List<string>> FollowAsync(FollowEventsRequest request, Metadata headers)
    {
        using var follower = Follower.Of(_host, request, headers);
        while (!follower.Subjects.Contains("last")) await follower.NextAsync();
        return [.. follower.Subjects];
    }

    private static async Task InsertAsync(NpgsqlConnection connection, string subject)
    {
        await using var command = new NpgsqlCommand(
            "INSERT INTO outbox (id, topic, type, subject, sequence, event_time, data_json) VALUES (gen_random_uuid(), $1, $2, $3, 1, now(), '{}')", connection)
        {
            Parameters = { new() { Value = MessagingHost.Topic }, new() { Value = MessagingHost.Closed }, new() { Value = subject } },
        };
        await command.ExecuteNonQueryAsync(Stop);
    }

    /// <summary>Tells spans of time twenty times as long as they are; days and timers are the system's.</summary>
    private sealed class HurriedTime : TimeProvider
    {
        public override long GetTimestamp() => base.GetTimestamp() * 20;
    }
}
