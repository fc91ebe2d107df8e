using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace Jiceng.SidecarConformance;

/// <summary>Promises of the test double only: it rejects unsupported features by name, and hosts several apps in one process.</summary>
public sealed class DoubleOnlyTests(Broker broker)
{
    private const string Why = "daprd ignores or supports what the double refuses";

    [Theory(Skip = Why, SkipUnless = nameof(IsDouble))]
    [InlineData("redeliverInterval", "30s")]
    [InlineData("redisType", "cluster")]
    [InlineData("failover", "true")]
    [InlineData("clientCert", "x")]
    [InlineData("concurrency", "many")]
    [InlineData("ConsumerId", "x")]
    public async Task Component_UnsupportedSetting_IsRejectedByName(string name, string value) =>
        await RefusesAsync(name, Resource.Component(broker.Address, settings: [(name, value)]));

    [Theory(Skip = Why, SkipUnless = nameof(IsDouble))]
    [InlineData("state.redis", "apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: { name: s }\nspec: { type: state.redis, version: v1 }")]
    [InlineData("secretKeyRef", "apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: { name: s }\nspec: { type: pubsub.redis, version: v1, metadata: [{ name: redisHost, secretKeyRef: { name: a, key: b } }] }")]
    [InlineData("NO_SUCH_VARIABLE", "apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: { name: s }\nspec: { type: pubsub.redis, version: v1, metadata: [{ name: redisHost, envRef: NO_SUCH_VARIABLE }] }")]
    [InlineData("HTTPEndpoint", "apiVersion: dapr.io/v1alpha1\nkind: HTTPEndpoint\nmetadata: { name: e }\nspec: {}")]
    [InlineData("hash", "apiVersion: dapr.io/v2alpha1\nkind: Subscription\nmetadata: { name: s }\nspec: { pubsubname: bus, topic: t, routes: { rules: [{ match: \"hash(event.type) == 1\", path: /a }] } }")]
    [InlineData("bulkSubscribe", "apiVersion: dapr.io/v2alpha1\nkind: Subscription\nmetadata: { name: s }\nspec: { pubsubname: bus, topic: t, routes: { default: /a }, bulkSubscribe: { enabled: true } }")]
    [InlineData("actors", "apiVersion: dapr.io/v1alpha1\nkind: Resiliency\nmetadata: { name: r }\nspec: { targets: { actors: { a: { retry: x } } } }")]
    [InlineData("forever", "apiVersion: dapr.io/v1alpha1\nkind: Resiliency\nmetadata: { name: r }\nspec: { targets: { components: { bus: { inbound: { retry: forever } } } } }")]
    [InlineData("trip", "apiVersion: dapr.io/v1alpha1\nkind: Resiliency\nmetadata: { name: r }\nspec: { policies: { circuitBreakers: { c: { trip: \"requests > 5\" } } } }")]
    [InlineData("YAML", "apiVersion: [")]
    public async Task Resource_Unsupported_IsRejectedByName(string name, string resource) => await RefusesAsync(name, resource);

    [Theory(Skip = Why, SkipUnless = nameof(IsDouble))]
    [InlineData("--no-such-flag=1", "--no-such-flag")]
    [InlineData("--mode=kubernetes", "--mode")]
    [InlineData("--app-protocol=grpc", "--app-protocol")]
    [InlineData("--dapr-http-port=high", "--dapr-http-port")]
    [InlineData("--config=/no/such/file", "/no/such/file")]
    public async Task Flag_Unsupported_IsRejectedByName(string flag, string name) => await RefusesAsync(name, Resource.Component(broker.Address), flag);

    [Theory(Skip = Why, SkipUnless = nameof(IsDouble))]
    [InlineData("""[{"pubsubname":"bus","topic":"t","route":"/on","bulkSubscribe":{"enabled":true}}]""", "bulkSubscribe")]
    [InlineData("""[{"pubsubname":"bus","topic":"t","routes":{"rules":[{"match":"event.n > 3","path":"/on"}]}}]""", "'>'")]
    public async Task App_UnsupportedSubscription_IsRejectedByName(string subscriptions, string name)
    {
        await using var app = new TestApp { SubscribeReply = new Reply(200, subscriptions) }.Listen();
        await using var sidecar = await DaprSidecar.StartAsync(new Setup { App = app, Resources = [Resource.Component(broker.Address)], Early = true });
        (await sidecar.ExitAsync()).ShouldBe(1);
        sidecar.Output.ShouldContain(name);
    }

    [Fact(Skip = Why, SkipUnless = nameof(IsDouble))]
    public async Task Log_Payload_IsNeverWritten()
    {
        var topic = Unique.Name("double");
        await using var app = new TestApp().Subscribe(topic).Answer(_ => new Reply(500, "answer-is-secret")).Listen();
        await using var sidecar = await DaprSidecar.StartAsync(new Setup { App = app, Resources = [Resource.Component(broker.Address)], Flags = ["--log-level=debug"] });
        await sidecar.SendAsync(topic, "\"body-is-secret\"", query: "?metadata.note=metadata-is-secret");
        await app.ReceivedAsync(1);
        await Eventually.HoldsAsync(() => sidecar.Output.Contains("acknowledged", StringComparison.Ordinal), "the log line of the failure");
        sidecar.Output.ShouldContain(topic);
        sidecar.Output.ShouldNotContain("secret");
    }

    [Fact(Skip = Why, SkipUnless = nameof(IsDouble))]
    public async Task AppsFile_TwoApps_ShareOneProcess()
    {
        var topic = Unique.Name("double");
        await using var left = new TestApp().Subscribe(topic).Listen();
        await using var right = new TestApp().Subscribe(topic).Listen();
        var folder = Directory.CreateTempSubdirectory("jiceng-conformance-");
        var http = FreePort.Take();
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "bus.yaml"), Resource.Component(broker.Address), TestContext.Current.CancellationToken);
        var file = Path.Combine(folder.FullName, "apps.json");
        await File.WriteAllTextAsync(
            file,
            JsonSerializer.Serialize(new[] { App(topic + "-left", left, http, "left-token"), App(topic + "-right", right, FreePort.Take(), "right-token") }),
            TestContext.Current.CancellationToken);

        using var process = Process.Start(new ProcessStartInfo(Target.Program, ["--apps-file", file]) { RedirectStandardOutput = true })!;
        try
        {
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{http}/v1.0/") };
            await Eventually.HoldsAsync(() => PublishesAsync(client, topic), "the first publish");
            (await left.ReceivedAsync(1))[0].Header("dapr-api-token").ShouldBe("left-token");
            (await right.ReceivedAsync(1))[0].Header("dapr-api-token").ShouldBe("right-token");
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
            folder.Delete(recursive: true);
        }

        object App(string id, TestApp app, int port, string token) => new Dictionary<string, object>
        {
            ["app-id"] = id,
            ["app-port"] = app.Port,
            ["dapr-http-port"] = port,
            ["dapr-grpc-port"] = FreePort.Take(),
            ["resources-path"] = new[] { folder.FullName },
            ["env"] = new Dictionary<string, string> { ["APP_API_TOKEN"] = token },
        };
    }

    public static bool IsDouble => Target.IsDouble;

    private static async Task<bool> PublishesAsync(HttpClient client, string topic)
    {
        try
        {
            using var content = new StringContent("1");
            using var response = await client.PostAsync(new Uri($"publish/{DaprSidecar.Pubsub}/{topic}", UriKind.Relative), content, TestContext.Current.CancellationToken);
            return response.StatusCode == HttpStatusCode.NoContent;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task RefusesAsync(string name, string resource, params string[] flags)
    {
        await using var sidecar = await DaprSidecar.StartAsync(new Setup { Resources = [resource], Flags = flags, Early = true });
        (await sidecar.ExitAsync()).ShouldBe(1);
        sidecar.Output.ShouldStartWith("jiceng-sidecar: ");
        sidecar.Output.ShouldContain(name);
    }
}
