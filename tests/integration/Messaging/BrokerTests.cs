using System.Diagnostics;
using System.Globalization;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Messaging;

/// <summary>Two services with a sidecar each over a real Redis.</summary>
public sealed class BrokerTests : IAsyncLifetime
{
    private const string Resiliency =
        """
        apiVersion: dapr.io/v1alpha1
        kind: Resiliency
        metadata: { name: quick }
        spec:
          policies: { retries: { quick: { policy: constant, duration: 50ms, maxRetries: 2 } } }
          targets: { components: { pubsub: { inbound: { retry: quick } } } }
        """;

    private readonly TestTokens _tokens = new();
    private readonly DirectoryInfo _resources = Directory.CreateTempSubdirectory("jiceng-components-");
    private readonly int[] _ports = [FreePort.Take(), FreePort.Take(), FreePort.Take(), FreePort.Take()];
    private RedisServer _redis = null!;
    private MessagingHost _grid = null!;
    private MessagingHost _scoring = null!;
    private SidecarRun _gridSidecar = null!;
    private SidecarRun _scoringSidecar = null!;

    public async ValueTask InitializeAsync()
    {
        foreach (var file in (string[])["local/components/pubsub.yaml", "dapr/grid.yaml", "dapr/scoring.yaml"])
            File.Copy(Path.Combine(SidecarRun.Deploy(), file), Path.Combine(_resources.FullName, Path.GetFileName(file)));
        await File.WriteAllTextAsync(Path.Combine(_resources.FullName, "resiliency.yaml"), Resiliency);
        _redis = await RedisServer.StartAsync();
        _grid = await HostAsync("grid", _ports[0], _ports[1], hears: false, "none", "1.00:00:00");
        _gridSidecar = await SidecarAsync("grid", _ports[0], _ports[1]);
        // The feed is off at first: what arrives came by the broker.
        _scoring = await HostAsync("scoring", _ports[2], _ports[3], hears: true, "none", "1.00:00:00");
        _scoringSidecar = await SidecarAsync("scoring", _ports[2], _ports[3]);
    }

    public async ValueTask DisposeAsync()
    {
        await _scoringSidecar.DisposeAsync();
        await _gridSidecar.DisposeAsync();
        await _scoring.DisposeAsync();
        await _grid.DisposeAsync();
        await _redis.DisposeAsync();
        _tokens.Dispose();
        _resources.Delete(recursive: true);
    }

    [Fact]
    public async Task Event_ThroughBothSidecars_TakesEffectInTheTraceOfTheChange()
    {
        using var change = new Activity("change").SetIdFormat(ActivityIdFormat.W3C).Start();
        var id = await _grid.PublishAsync("c1");

        await EffectsAsync(1);

        (await _scoring.ScalarAsync<Guid>("SELECT event_id FROM effect")).ShouldBe(id);
        (await _scoring.ScalarAsync<string>("SELECT trace_id FROM effect")).ShouldBe(change.TraceId.ToHexString());
    }

    [Fact]
    public async Task Event_HandlerKeepsFailing_BecomesADeadLetterThatCanBeReplayed()
    {
        _scoring.Handler.Before = _ => throw new InvalidOperationException();
        var id = await _grid.PublishAsync("c1");

        await Eventually.HoldsAsync(async () => await _scoring.ScalarAsync<long>("SELECT count(*) FROM dead_letter") == 1, "a dead letter");
        _scoring.Handler.Calls.ShouldBe(4, "three attempts, and the last one of the dead letter");
        (await _scoring.ScalarAsync<string>("SELECT event_id || ' ' || topic FROM dead_letter")).ShouldBe($"{id} {MessagingHost.Topic}");

        _scoring.Handler.Before = _ => Task.CompletedTask;
        (await _scoring.Client.ReplayDeadLettersAsync(new(), _scoring.As("operator"))).ReplayedCount.ShouldBe(1);
        await EffectsAsync(1);
    }

    [Fact]
    public async Task Event_Malformed_LandsInTheDeadLettersOnceAndDoesNotGoRound()
    {
        using var http = new HttpClient();
        using var body = new StringContent("""{"id":"1","source":"x","type":"y","specversion":"1.0"}""", null, "application/cloudevents+json");
        var address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_gridSidecar.HttpPort}/v1.0/publish/pubsub/{MessagingHost.Topic}");
        (await http.PostAsync(new Uri(address), body)).EnsureSuccessStatusCode();

        await Eventually.HoldsAsync(async () => await _scoring.ScalarAsync<long>("SELECT count(*) FROM dead_letter") == 1, "a dead letter");

        await _grid.PublishAsync("c1");
        await EffectsAsync(1);
        (await _scoring.ScalarAsync<long>("SELECT count(*) FROM dead_letter")).ShouldBe(1);
    }

    [Fact]
    public async Task Events_RedisDiesEmptyAndReturns_AllArriveAfterTheFeedWasRead()
    {
        await _grid.PublishAsync("before");
        await EffectsAsync(1);
        // Published, but never delivered: the consumer's sidecar is gone when Redis loses everything.
        await _scoringSidecar.DisposeAsync();
        for (var i = 0; i < 20; i++) await _grid.PublishAsync($"lost {i}");
        await Eventually.HoldsAsync(
            async () => await _grid.ScalarAsync<long>("SELECT count(*) FROM outbox WHERE publish_time IS NULL") == 0, "all are in Redis");
        await _redis.StopAsync();
        for (var i = 0; i < 20; i++) await _grid.PublishAsync($"while away {i}");
        await _redis.RestartAsync();
        _scoringSidecar = await SidecarAsync("scoring", _ports[2], _ports[3]);

        await EffectsAsync(21);
        var database = _scoring.Database.Source.ConnectionString;
        await _scoring.DisposeAsync();
        _scoring = await HostAsync("scoring", _ports[2], _ports[3], hears: true, _grid.Grpc.ToString(), "00:00:01", database);

        await EffectsAsync(41);
        (await _scoring.ScalarAsync<long>("SELECT count(DISTINCT event_id) FROM effect")).ShouldBe(41);
    }

    [Fact]
    public async Task Events_SidecarsKilledInBetween_ArriveOnceAfterTheirReturn()
    {
        for (var i = 0; i < 100; i++)
        {
            await _grid.PublishAsync($"c{i}");
            if (i == 30) await _scoringSidecar.DisposeAsync();
            if (i == 50) await _gridSidecar.DisposeAsync();
            if (i == 60) _gridSidecar = await SidecarAsync("grid", _ports[0], _ports[1]);
        }

        await Eventually.HoldsAsync(
            async () => await _grid.ScalarAsync<long>("SELECT count(*) FROM outbox WHERE publish_time IS NULL") == 0, "all are published");
        var database = _scoring.Database.Source.ConnectionString;
        await _scoring.DisposeAsync();
        _scoring = await HostAsync("scoring", _ports[2], _ports[3], hears: true, _grid.Grpc.ToString(), "00:00:01", database);
        _scoringSidecar = await SidecarAsync("scoring", _ports[2], _ports[3]);

        await EffectsAsync(100);
        (await _scoring.ScalarAsync<long>("SELECT count(DISTINCT event_id) FROM effect")).ShouldBe(100);
    }

    private Task EffectsAsync(long count) => Eventually.HoldsAsync(
        async () => await _scoring.EffectsAsync() >= count, $"{count} effects", TimeSpan.FromSeconds(120));

    private Task<SidecarRun> SidecarAsync(string appId, int appPort, int grpcPort) =>
        SidecarRun.StartAsync(appId, appPort, grpcPort, _redis.Address, _resources.FullName);

    private Task<MessagingHost> HostAsync(
        string service, int httpPort, int sidecarPort, bool hears, string feed, string feedInterval, string? database = null) =>
        MessagingHost.StartAsync(
            new()
            {
                Service = service,
                Broker = null,
                Hears = hears,
                HttpPort = httpPort,
                FeedToken = _tokens.Issue($"jiceng/{service}", ["service"]),
                Settings = new Dictionary<string, string?>
                {
                    ["DAPR_GRPC_PORT"] = sidecarPort.ToString(CultureInfo.InvariantCulture),
                    ["DAPR_GRPC_ENDPOINT"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{sidecarPort}"),
                    ["Feeds:grid"] = feed,
                    ["Feeds:Interval"] = feedInterval,
                    ["Authentication:PublicKeyFile"] = service == "grid" ? _tokens.PublicKeyFile : null,
                }.Where(setting => setting.Value is not null).ToDictionary(),
            },
            database);
}
