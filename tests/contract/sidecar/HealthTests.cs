using System.Net;
using Dapr.Client.Autogen.Grpc.v1;

namespace Jiceng.SidecarConformance;

/// <summary>Readiness, metadata and shutdown.</summary>
public sealed class HealthTests(Broker broker)
{
    [Fact]
    public async Task Healthz_BeforeTheAppListens_OnlyOutboundIsReady()
    {
        await using var app = new TestApp().Subscribe(Unique.Name("health"));
        await using var sidecar = await DaprSidecar.StartAsync(new Setup { App = app, Resources = [Resource.Component(broker.Address)], Early = true });
        await sidecar.OutboundReadyAsync();
        using (var early = await sidecar.Http.GetAsync(new Uri("healthz", UriKind.Relative), TestContext.Current.CancellationToken))
        {
            var body = await early.ShouldBeErrorAsync(HttpStatusCode.InternalServerError, "ERR_HEALTH_NOT_READY");
            body.Text("message").ShouldStartWith("dapr is not ready: [");
        }

        app.Listen();
        await sidecar.ReadyAsync();
    }

    [Fact]
    public async Task Outbound_BeforeTheAppListens_Publishes()
    {
        var topic = Unique.Name("health");
        await using var app = new TestApp();
        await using var sidecar = await DaprSidecar.StartAsync(new Setup { App = app, Resources = [Resource.Component(broker.Address)], Early = true });
        await sidecar.OutboundReadyAsync();
        await sidecar.SendAsync(topic, "1");
        (await broker.LengthAsync(topic)).ShouldBe(1);
    }

    [Fact]
    public async Task Metadata_Get_DescribesAppComponentsAndSubscriptions()
    {
        var topic = Unique.Name("health");
        await using var app = new TestApp().Subscribe(topic, "/on", metadata: new() { ["k"] = "v" }).Listen();
        await using var sidecar = await DaprSidecar.StartAsync(new Setup { App = app, Resources = [Resource.Component(broker.Address)] });
        var metadata = await sidecar.GetJsonAsync("metadata");
        metadata.Text("id").ShouldBe(sidecar.AppId);
        metadata.Text("runtimeVersion").ShouldNotBeEmpty();
        metadata.GetProperty("extended").Text("daprRuntimeVersion").ShouldBe(metadata.Text("runtimeVersion"));
        var component = metadata.GetProperty("components").EnumerateArray().ShouldHaveSingleItem();
        (component.Text("name"), component.Text("type"), component.Text("version")).ShouldBe((DaprSidecar.Pubsub, "pubsub.redis", "v1"));
        var connection = metadata.GetProperty("appConnectionProperties");
        connection.GetProperty("port").GetInt32().ShouldBe(app.Port);
        connection.Text("protocol").ShouldBe("http");
        connection.Text("channelAddress").ShouldBe("127.0.0.1");
        var subscription = metadata.GetProperty("subscriptions").EnumerateArray().ShouldHaveSingleItem();
        subscription.Text("topic").ShouldBe(topic);
        subscription.GetProperty("metadata").Text("k").ShouldBe("v");
    }

    [Fact]
    public async Task Metadata_PutOverHttp_IsReturnedByGet()
    {
        await using var sidecar = await DaprSidecar.StartAsync(new Setup { Resources = [Resource.Component(broker.Address)] });
        using var content = new StringContent("red");
        using var response = await sidecar.Http.PutAsync(new Uri("metadata/colour", UriKind.Relative), content, TestContext.Current.CancellationToken);
        response.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await sidecar.GetJsonAsync("metadata")).GetProperty("extended").Text("colour").ShouldBe("red");
    }

    [Fact]
    public async Task Component_ScopedToAnotherApp_IsNotLoaded()
    {
        await using var sidecar = await DaprSidecar.StartAsync(new Setup
        {
            Resources = [Resource.Component(broker.Address), Resource.Component(broker.Address, "other", scope: "someone-else")],
        });
        (await sidecar.GetJsonAsync("metadata")).GetProperty("components").EnumerateArray().ShouldHaveSingleItem().Text("name").ShouldBe(DaprSidecar.Pubsub);
    }

    [Fact]
    public async Task Shutdown_OverHttp_RespondsThenExitsCleanly()
    {
        await using var sidecar = await DaprSidecar.StartAsync(new Setup { Resources = [Resource.Component(broker.Address)] });
        using var response = await sidecar.Http.PostAsync(new Uri("shutdown", UriKind.Relative), null, TestContext.Current.CancellationToken);
        response.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await sidecar.ExitAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Shutdown_Forced_ExitsWithOne()
    {
        await using var sidecar = await DaprSidecar.StartAsync(new Setup { Resources = [Resource.Component(broker.Address)] });
        using var request = new HttpRequestMessage(HttpMethod.Post, "shutdown");
        request.Headers.Add("dapr-force-shutdown", "true");
        using var response = await sidecar.Http.SendAsync(request, TestContext.Current.CancellationToken);
        (await sidecar.ExitAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task Shutdown_OverGrpc_ExitsCleanly()
    {
        await using var sidecar = await DaprSidecar.StartAsync(new Setup { Resources = [Resource.Component(broker.Address)] });
        await sidecar.Grpc.ShutdownAsync(new ShutdownRequest(), cancellationToken: TestContext.Current.CancellationToken);
        (await sidecar.ExitAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task AppHealth_Unhealthy_PausesDeliveryUntilHealthy()
    {
        var topic = Unique.Name("health");
        await using var app = new TestApp { Healthy = false }.Subscribe(topic).Listen();
        await using var sidecar = await DaprSidecar.StartAsync(new Setup
        {
            App = app,
            Resources = [Resource.Component(broker.Address)],
            Flags = ["--enable-app-health-check", "--app-health-probe-interval=1", "--app-health-threshold=1"],
            Early = true,
        });
        await sidecar.OutboundReadyAsync();
        await sidecar.SendAsync(topic, "1");
        await Eventually.HoldsAsync(() => app.Questions.Any(q => q.Path == "/healthz"), "a probe");
        app.Questions.ShouldNotContain(q => q.Path == "/dapr/subscribe");
        app.Healthy = true;
        await app.ReceivedAsync(1);

        app.Healthy = false;
        var probes = app.Questions.Count;
        await Eventually.HoldsAsync(() => app.Questions.Count >= probes + 2, "two failed probes");
        await sidecar.SendAsync(topic, "2");
        app.Healthy = true;
        (await app.ReceivedAsync(2))[1].Event.GetProperty("data").GetInt32().ShouldBe(2);
        app.Questions.Count(q => q.Path == "/dapr/subscribe").ShouldBe(1);
    }

    [Fact]
    public async Task Redis_DownAtStart_StopsTheSidecar()
    {
        await using var sidecar = await DaprSidecar.StartAsync(new Setup
        {
            Resources = [Resource.Component($"127.0.0.1:{FreePort.Take()}")],
            Early = true,
        });
        (await sidecar.ExitAsync()).ShouldNotBe(0);
        sidecar.Output.ShouldContain(DaprSidecar.Pubsub);
    }
}
