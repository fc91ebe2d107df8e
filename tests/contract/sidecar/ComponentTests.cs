using System.Globalization;
using System.Net;

namespace Jiceng.SidecarConformance;

/// <summary>The settings of pubsub.redis.</summary>
public sealed class ComponentTests(Broker broker)
{
    private readonly string _topic = Unique.Name("component");

    [Fact]
    public async Task ConsumerId_Set_NamesGroupAndConsumer()
    {
        await using var app = new TestApp().Subscribe(_topic).Listen();
        await using var sidecar = await StartAsync(app, broker.Address, ("consumerID", _topic + "-{appID}"));
        await sidecar.SendAsync(_topic, "1");
        await app.ReceivedAsync(1);
        await Eventually.HoldsAsync(() => broker.IsDrainedAsync(_topic, $"{_topic}-{sidecar.AppId}"), "acknowledgement by that group");
    }

    [Fact]
    public async Task MaxLenApprox_Set_TrimsTheStream()
    {
        await using var sidecar = await StartAsync(null, broker.Address, ("maxLenApprox", "1"));
        for (var i = 0; i < 250; i++) await sidecar.SendAsync(_topic, "1");
        // Redis trims whole nodes of 100 entries.
        (await broker.LengthAsync(_topic)).ShouldBeInRange(1, 150);
    }

    [Fact]
    public async Task StreamTtl_Set_TrimsOlderEntries()
    {
        await using var sidecar = await StartAsync(null, broker.Address, ("streamTTL", "1ms"));
        for (var i = 0; i < 250; i++) await sidecar.SendAsync(_topic, "1");
        (await broker.LengthAsync(_topic)).ShouldBeInRange(1, 150);
    }

    [Fact]
    public async Task EnvRef_Set_IsResolved()
    {
        var resource = $$"""
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: { name: {{DaprSidecar.Pubsub}} }
            spec:
              type: pubsub.redis
              version: v1
              metadata:
                - { name: redisHost, envRef: MY_REDIS }
            """;
        await using var sidecar = await DaprSidecar.StartAsync(new Setup
        {
            Resources = [resource],
            Environment = new Dictionary<string, string> { ["MY_REDIS"] = broker.Address },
        });
        await sidecar.SendAsync(_topic, "1");
        (await broker.LengthAsync(_topic)).ShouldBe(1);
    }

    [Fact]
    public async Task UserPasswordAndDatabase_Set_AreUsed()
    {
        await using var redis = await RedisServer.StartAsync(TestContext.Current.CancellationToken);
        await using var admin = await AdminAsync(redis);
        await admin.CommandAsync("ACL", "SETUSER", "county", "on", ">open-sesame", "~*", "+@all");
        await admin.CommandAsync("CONFIG", "SET", "requirepass", "other");
        await using var app = new TestApp().Subscribe(_topic).Listen();
        await using (var sidecar = await StartAsync(app, redis.Address, ("redisUsername", "county"), ("redisPassword", "open-sesame"), ("redisDB", "3")))
        {
            await sidecar.SendAsync(_topic, "1");
            await app.ReceivedAsync(1);
        }

        (await admin.LengthAsync(_topic)).ShouldBe(0);
        await admin.CommandAsync("SWAPDB", "0", "3");
        (await admin.LengthAsync(_topic)).ShouldBe(1);
    }

    [Fact]
    public async Task Password_Wrong_StopsTheSidecar()
    {
        await using var redis = await RedisServer.StartAsync(TestContext.Current.CancellationToken);
        await using var admin = await AdminAsync(redis);
        await admin.CommandAsync("CONFIG", "SET", "requirepass", "right");
        await using var sidecar = await DaprSidecar.StartAsync(new Setup
        {
            Resources = [Resource.Component(redis.Address, settings: ("redisPassword", "hunter2"))],
            Early = true,
        });
        (await sidecar.ExitAsync()).ShouldNotBe(0);
        sidecar.Output.ShouldNotContain("hunter2");
    }

    [Fact]
    public async Task Tls_Enabled_IsUsed()
    {
        using var files = new TlsFiles();
        await using var redis = await RedisServer.StartAsync(TestContext.Current.CancellationToken);
        await using var admin = await AdminAsync(redis);
        var port = FreePort.Take();
        foreach (var (key, value) in new[]
                 {
                     ("tls-cert-file", files.CertificateFile), ("tls-key-file", files.KeyFile), ("tls-ca-cert-file", files.CertificateFile),
                     ("tls-auth-clients", "no"), ("tls-port", port.ToString(CultureInfo.InvariantCulture)),
                 })
            await admin.CommandAsync("CONFIG", "SET", key, value);

        await using var sidecar = await StartAsync(null, string.Create(CultureInfo.InvariantCulture, $"localhost:{port}"), ("enableTLS", "true"), ("insecureSkipTLSVerify", "true"));
        using var response = await sidecar.PublishAsync(_topic, "1");
        response.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await admin.LengthAsync(_topic)).ShouldBe(1);
    }

    private static async Task<Broker> AdminAsync(RedisServer redis)
    {
        var admin = new Broker(redis);
        await admin.InitializeAsync();
        return admin;
    }

    private static Task<DaprSidecar> StartAsync(TestApp? app, string redis, params (string, string)[] settings) =>
        DaprSidecar.StartAsync(new Setup { App = app, Resources = [Resource.Component(redis, settings: settings)] });
}
