using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Jiceng.Common.V1;
using Jiceng.Grid.Events.V1;
using Jiceng.Messaging;
using Jiceng.TestSupport;
using Npgsql;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Messaging;

public sealed class FeedTests : IAsyncLifetime
{
    private readonly TestBroker _broker = new();
    private MessagingHost _host = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await MessagingHost.StartAsync(new() { Broker = _broker, Runs = false, Hears = false });

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Read_OlderTransactionStillOpen_WaitsForItAndThenMissesNothing()
    {
        await _host.PublishAsync("committed before");
        await using var older = await _host.Database.Source.OpenConnectionAsync(Stop);
        await using var open = await older.BeginTransactionAsync(Stop);
        await InsertAsync(older, "older, commits last");
        await _host.PublishAsync("younger, commits first");

        var first = await ReadUntilAsync("", 1);
        first.Events.Select(e => e.Subject).ShouldBe(["committed before"]);
        first.CaughtUp.ShouldBeTrue();
        await open.CommitAsync(Stop);

        (await ReadUntilAsync(first.NextPosition, 2)).Events.Select(e => e.Subject).ShouldBe(["older, commits last", "younger, commits first"]);
    }

    [Fact]
    public async Task Read_WhileManyWrite_GivesEachEventOnce()
    {
        var writers = Enumerable.Range(0, 8).Select(writer => Task.Run(
            async () =>
            {
                for (var i = 0; i < 40; i++) await _host.PublishAsync($"{writer}-{i}");
            },
            Stop)).ToList();
        var seen = new List<string>();
        var position = "";
        await Eventually.HoldsAsync(
            async () =>
            {
                var page = await ReadAsync(position, pageSize: 7);
                seen.AddRange(page.Events.Select(e => e.Subject));
                position = page.NextPosition;
                return seen.Count >= 320;
            },
            "all events are read");
        await Task.WhenAll(writers);

        (await ReadAsync(position)).Events.ShouldBeEmpty();
        seen.Count.ShouldBe(320);
        seen.Distinct().Count().ShouldBe(320);
    }

    [Fact]
    public async Task Read_OnlySomeTypes_GoesPastTheOthers()
    {
        await _host.PublishAsync("a", new CaseRated());
        await _host.PublishAsync("b");

        await _host.PublishAsync("c", new CaseRated());
        await ReadUntilAsync("", 3);

        var page = await ReadAsync("", types: MessagingHost.Closed);
        page.Events.Select(e => e.Subject).ShouldBe(["b"]);
        (await ReadAsync(page.NextPosition)).Events.ShouldBeEmpty("the position lies behind what the types left out");
    }

    [Fact]
    public async Task Read_FewOfATypeAmongMany_GoesPastTheOthersInStretches()
    {
        await _host.PublishAsync("first", new CaseRated());
        await _host.ExecuteAsync(
            $$"""
            INSERT INTO outbox (id, topic, type, subject, sequence, event_time, data_json)
            SELECT gen_random_uuid(), '{{MessagingHost.Topic}}', '{{MessagingHost.Closed}}', 's' || n, 1, now(), '{}' FROM generate_series(1, 25000) n
            """);
        await _host.PublishAsync("last", new CaseRated());
        await Eventually.HoldsAsync(async () => await _host.ScalarAsync<bool>("SELECT bool_and(xid < pg_snapshot_xmin(pg_current_snapshot())) FROM outbox"), "all are served");

        var pages = new List<ReadEventsResponse>();
        do pages.Add(await ReadAsync(pages.Count == 0 ? "" : pages[^1].NextPosition, types: "jiceng.grid.case.rated.v1"));
        while (!pages[^1].CaughtUp);

        pages.SelectMany(page => page.Events).Select(e => e.Subject).ShouldBe(["first", "last"]);
        pages.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Read_LargeEvents_ComeInPagesThatAMessageHolds()
    {
        var large = new string('网', 300_000);
        foreach (var name in (string[])["a", "b", "c", "d", "e"]) await _host.PublishAsync(name + large);
        await Eventually.HoldsAsync(async () => await _host.ScalarAsync<bool>("SELECT bool_and(xid < pg_snapshot_xmin(pg_current_snapshot())) FROM outbox"), "all are served");

        var seen = new List<string>();
        var page = new ReadEventsResponse();
        while (!page.CaughtUp)
        {
            page = await ReadAsync(page.NextPosition);
            page.Events.ShouldNotBeEmpty();
            seen.AddRange(page.Events.Select(e => e.Subject[..1]));
        }

        seen.ShouldBe(["a", "b", "c", "d", "e"]);
    }

    [Fact]
    public async Task Read_Event_CarriesWhatTheBrokerCarries()
    {
        var id = await _host.PublishAsync("c1", sequence: 5);

        var read = (await ReadUntilAsync("", 1)).Events.ShouldHaveSingleItem();

        using var relay = _host.NewRelay();
        await relay.RelayBatchAsync(Stop);
        var sent = _broker.Published.Single().Event;
        read.Id.ShouldBe(id.ToString());
        (read.Type, read.Source, read.Subject, read.PlaceCode, read.Sequence, read.DataJson)
            .ShouldBe((sent.Type, sent.Source, sent.Subject, sent.Place!.Value.Value, sent.Sequence, sent.DataJson));
        read.Time.ToDateTimeOffset().ShouldBe(sent.Time);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task Read_PositionThatTheFeedDidNotHandOut_IsRefused(string position)
    {
        var refused = await Should.ThrowAsync<RpcException>(async () => await ReadAsync(position));
        refused.StatusCode.ShouldBe(StatusCode.InvalidArgument);
    }

    [Fact]
    public async Task Read_DatabaseRestoredIntoAnotherCluster_RefusesOldPositionsAndBeginsAnew()
    {
        await _host.ExecuteAsync("UPDATE outbox_origin SET system_identifier = 'the old cluster'");
        await _host.PublishAsync("a");
        var old = (await ReadUntilAsync("", 1)).NextPosition;
        (await ReadAsync(old)).Events.ShouldBeEmpty();
        // What pg_restore leaves: xids that the new cluster has not reached.
        await _host.ExecuteAsync("UPDATE outbox SET xid = '9000000000'");
        (await ReadAsync("")).Events.ShouldBeEmpty();

        await using var connection = await _host.Database.Source.OpenConnectionAsync(Stop);
        (await OutboxStore.AdoptAsync(connection, Stop)).ShouldBeTrue();
        (await OutboxStore.AdoptAsync(connection, Stop)).ShouldBeFalse();

        await ReadUntilAsync("", 1);
        (await Should.ThrowAsync<RpcException>(async () => await ReadAsync(old))).StatusCode.ShouldBe(StatusCode.InvalidArgument);
    }

    [Fact]
    public async Task Replay_ByTimeAndType_PublishesThoseAgainUnderTheirIds()
    {
        var id = await _host.PublishAsync("a");
        await _host.PublishAsync("b", new CaseRated());
        using var relay = _host.NewRelay();
        await relay.RelayBatchAsync(Stop);
        var request = new ReplayEventsRequest
        {
            StartTime = TimeProvider.System.GetUtcNow().AddMinutes(-1).ToTimestamp(),
            Types_ = { MessagingHost.Closed },
            DryRun = true,
        };
        (await _host.Client.ReplayEventsAsync(request, _host.As("operator"), cancellationToken: Stop)).EventCount.ShouldBe(1);
        (await relay.RelayBatchAsync(Stop)).ShouldBe((0, 0));
        request.DryRun = false;
        request.RequestId = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();

        (await _host.Client.ReplayEventsAsync(request, _host.As("operator"), cancellationToken: Stop)).EventCount.ShouldBe(1);
        (await relay.RelayBatchAsync(Stop)).ShouldBe((1, 0));
        (await _host.Client.ReplayEventsAsync(request, _host.As("operator"), cancellationToken: Stop)).EventCount.ShouldBe(1);
        (await relay.RelayBatchAsync(Stop)).ShouldBe((0, 0), "the same request again does nothing");

        _broker.Published.Count(p => p.Event.Id == id).ShouldBe(2);
        _broker.Published.Count.ShouldBe(3);
    }

    private static async Task InsertAsync(NpgsqlConnection connection, string subject)
    {
        await using var command = new NpgsqlCommand(
            """
            INSERT INTO outbox (id, topic, type, subject, sequence, event_time, data_json)
            VALUES (gen_random_uuid(), $1, $2, $3, 1, now(), '{}')
            """,
            connection)
        {
            Parameters = { new() { Value = MessagingHost.Topic }, new() { Value = MessagingHost.Closed }, new() { Value = subject } },
        };
        await command.ExecuteNonQueryAsync(Stop);
    }

    /// <summary>Other tests' transactions hold the horizon back too: it is the cluster's.</summary>
    private async Task<ReadEventsResponse> ReadUntilAsync(string position, int count)
    {
        var page = new ReadEventsResponse();
        await Eventually.HoldsAsync(async () => (page = await ReadAsync(position)).Events.Count >= count, $"{count} events");
        return page;
    }

    private async Task<ReadEventsResponse> ReadAsync(string position, int pageSize = 0, params string[] types) =>
        await _host.Client.ReadEventsAsync(
            new ReadEventsRequest { AfterPosition = position, PageSize = pageSize, Types_ = { types } }, _host.As("service"), cancellationToken: Stop);
}
