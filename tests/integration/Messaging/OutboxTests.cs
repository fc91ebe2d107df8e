using System.Diagnostics;
using Jiceng.Domain;
using Jiceng.Grid.Events.V1;
using Jiceng.Messaging;
using Jiceng.Persistence;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Messaging;

public sealed class OutboxTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Publish_Committed_LeavesAtOnceWithItsAttributesAndTrace()
    {
        var broker = new TestBroker();
        await using var host = await MessagingHost.StartAsync(new() { Broker = broker });
        using var change = new Activity("change").SetIdFormat(ActivityIdFormat.W3C).Start();
        var started = Stopwatch.GetTimestamp();

        var id = await host.PublishAsync("c1", sequence: 7);

        await Eventually.HoldsAsync(() => !broker.Published.IsEmpty, "the event is published");
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromMilliseconds(900), "it did not wait for the poll");
        var (topic, sent) = broker.Published.Single();
        topic.ShouldBe(MessagingHost.Topic);
        sent.Id.ShouldBe(id);
        sent.Id.Version.ShouldBe(7);
        sent.Type.ShouldBe(MessagingHost.Closed);
        sent.Source.ShouldBe("jiceng/grid");
        sent.Subject.ShouldBe("c1");
        sent.Place.ShouldBe(PlaceCode.Parse("140224"));
        sent.Sequence.ShouldBe(7);
        sent.Trace.TraceId.ShouldBe(change.TraceId);
        sent.DataJson.ShouldContain("\"caseId\": \"c1\"");
        await Eventually.HoldsAsync(
            async () => await host.ScalarAsync<long>("SELECT count(*) FROM outbox WHERE publish_time IS NULL") == 0, "the row is marked");
    }

    [Fact]
    public async Task Publish_TransactionUndone_PublishesNothing()
    {
        var broker = new TestBroker();
        await using var host = await MessagingHost.StartAsync(new() { Broker = broker });

        await Should.ThrowAsync<ApiException>(host.Database.WriteAsync<int>(
            new WriteContext("tester", "test"),
            (work, _) =>
            {
                work.Publish("c1", null, 1, new CaseClosed());
                throw CommonErrors.ArgumentRequired.With(("field", "x"));
            },
            Stop));
        await host.PublishAsync("c2");

        await Eventually.HoldsAsync(() => !broker.Published.IsEmpty, "the second is published");
        broker.Published.Single().Event.Subject.ShouldBe("c2");
    }

    [Fact]
    public async Task Publish_MessageThatIsNoEvent_IsRefusedAtOnce()
    {
        await using var host = await MessagingHost.StartAsync(new() { Runs = false });

        await Should.ThrowAsync<ArgumentException>(host.Database.WriteAsync(
            new WriteContext("tester", "test"),
            (work, _) => Task.FromResult(work.Publish("s", null, 1, new Jiceng.Common.V1.ReplayEventsRequest())),
            Stop));
    }

    [Fact]
    public async Task Relay_FourAtOnce_PublishEachEventOnce()
    {
        var broker = new TestBroker { Before = _ => Task.Delay(1, Stop) };
        await using var host = await MessagingHost.StartAsync(new() { Broker = broker, Runs = false });
        await host.ExecuteAsync(Many(1000));

        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            using var relay = host.NewRelay();
            while (await host.ScalarAsync<long>("SELECT count(*) FROM outbox WHERE publish_time IS NULL") > 0)
                await relay.RelayBatchAsync(Stop);
        }));

        broker.Published.Count.ShouldBe(1000);
        broker.Published.Select(p => p.Event.Id).Distinct().Count().ShouldBe(1000);
    }

    [Fact]
    public async Task Relay_DiesBetweenPublishAndMark_PublishesAgainUnderTheSameIdAndTheInboxMakesItOnce()
    {
        var broker = new TestBroker();
        await using var host = await MessagingHost.StartAsync(new() { Broker = broker, Runs = false });
        var id = await host.PublishAsync("c1");
        // What a kill -9 leaves: the broker has the event, PostgreSQL sees the connection end without a commit.
        broker.After = _ => host.ExecuteAsync(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database() AND state = 'idle in transaction'");
        using var dying = host.NewRelay();
        await Should.ThrowAsync<Npgsql.NpgsqlException>(dying.RelayBatchAsync(Stop));
        broker.After = _ => Task.CompletedTask;
        using var next = host.NewRelay();

        (await next.RelayBatchAsync(Stop)).ShouldBe((1, 0));

        broker.Published.Select(p => p.Event.Id).ShouldBe([id, id]);
        foreach (var (_, sent) in broker.Published) await Deliveries.PostAsync(host, CloudEvents.Write(sent));
        (await host.EffectsAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task Relay_BrokerAwayAndBack_PublishesEverythingWithoutARestart()
    {
        var away = true;
        var attempts = 0;
        var broker = new TestBroker
        {
            Before = _ =>
            {
                Interlocked.Increment(ref attempts);
                return away ? throw new IOException("away") : Task.CompletedTask;
            },
        };
        await using var host = await MessagingHost.StartAsync(new() { Broker = broker });
        await host.ExecuteAsync(Many(250));
        await host.PublishAsync("last");
        await Eventually.HoldsAsync(() => attempts >= 300, "three batches fail");
        broker.Published.ShouldBeEmpty();

        away = false;

        await Eventually.HoldsAsync(() => broker.Published.Count >= 251, "all are published");
        broker.Published.Select(p => p.Event.Id).Distinct().Count().ShouldBe(251);
    }

    [Fact]
    public async Task Relay_OneEventAlwaysFails_HoldsUpNoOther()
    {
        var broker = new TestBroker { Before = sent => sent.Subject == "poison" ? throw new IOException("too large") : Task.CompletedTask };
        await using var host = await MessagingHost.StartAsync(new() { Broker = broker, Runs = false });
        using var relay = host.NewRelay();
        await host.PublishAsync("poison");
        (await relay.RelayBatchAsync(Stop)).ShouldBe((0, 1));
        (await host.ScalarAsync<bool>("SELECT retry_time IS NULL FROM outbox")).ShouldBeTrue("alone it may be the broker");

        await host.PublishAsync("good");

        (await relay.RelayBatchAsync(Stop)).ShouldBe((1, 1));
        (await host.ScalarAsync<bool>("SELECT retry_time > now() FROM outbox WHERE subject = 'poison'")).ShouldBeTrue();
        (await relay.RelayBatchAsync(Stop)).ShouldBe((0, 0));
    }

    [Fact]
    public async Task Relay_PostgresStopsAndReturns_GoesOnByItself()
    {
        await using var server = await PostgresServer.StartAsync();
        var broker = new TestBroker();
        await using var host = await MessagingHost.StartAsync(new() { Broker = broker }, await server.CreateDatabaseAsync());
        await host.PublishAsync("before");
        await Eventually.HoldsAsync(() => broker.Published.Count == 1, "the first is published");

        await server.StopAsync();
        await Should.ThrowAsync<ApiException>(host.PublishAsync("during"));
        await server.RestartAsync();
        await host.PublishAsync("after");

        await Eventually.HoldsAsync(() => broker.Published.Any(p => p.Event.Subject == "after"), "the next is published");
    }

    private static string Many(int count) =>
        $$"""
        INSERT INTO outbox (id, topic, type, subject, sequence, event_time, data_json)
        SELECT gen_random_uuid(), '{{MessagingHost.Topic}}', '{{MessagingHost.Closed}}', 's' || n, 1, now(), '{}' FROM generate_series(1, {{count}}) n
        """;
}
