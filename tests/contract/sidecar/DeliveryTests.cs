using System.Text;
using System.Text.Json;

namespace Jiceng.SidecarConformance;

/// <summary>Deliveries to the app, and the meaning of its responses.</summary>
public sealed class DeliveryTests(Broker broker)
{
    private readonly string _topic = Unique.Name("delivery");

    private string Dead => _topic + "-dead";

    [Fact]
    public async Task Request_Delivery_HasStoredBytesAndMetadataHeaders()
    {
        await using var app = new TestApp().Subscribe(_topic).Listen();
        await using var sidecar = await StartAsync(app);
        await sidecar.SendAsync(_topic, """{"村":"石马村","n":1.50}""", query: "?metadata.ttlInSeconds=60&metadata.colour=red");
        var delivery = await app.ReceivedOneAsync();
        delivery.Method.ShouldBe("POST");
        delivery.Header("Content-Type").ShouldBe("application/cloudevents+json");
        delivery.Header("pubsubname").ShouldBe(DaprSidecar.Pubsub);
        delivery.Header("ttlInSeconds").ShouldBe("60");
        delivery.Header("colour").ShouldBe("red");
        delivery.Header("dapr-api-token").ShouldBeNull();
        delivery.Body.ShouldBe((await broker.ReadOneAsync(_topic)).Data);
    }

    [Fact]
    public async Task Request_ChineseMetadata_IsDelivered()
    {
        await using var app = new TestApp().Subscribe(_topic).Listen();
        await using var sidecar = await StartAsync(app);
        await sidecar.SendAsync(_topic, "1", query: "?metadata.cloudevent.subject=%E7%9F%B3%E9%A9%AC%E6%9D%91");
        (await app.ReceivedOneAsync()).Event.Text("subject").ShouldBe("石马村");
    }

    [Theory]
    [InlineData(200, "")]
    [InlineData(204, "")]
    [InlineData(202, "not json")]
    [InlineData(200, "{}")]
    [InlineData(200, """{"status":""}""")]
    [InlineData(200, """{"status":"SUCCESS"}""")]
    public async Task Response_Success_CompletesTheMessage(int status, string body)
    {
        await using var app = new TestApp().Subscribe(_topic, deadLetterTopic: Dead).Answer(_ => new Reply(status, body)).Listen();
        await using var sidecar = await StartAsync(app, Resource.Inbound("policy: constant, duration: 10ms, maxRetries: 1"));
        await sidecar.SendAsync(_topic, "1");
        await app.ReceivedOneAsync();
        await Eventually.HoldsAsync(() => broker.IsDrainedAsync(_topic, sidecar.AppId), "acknowledgement");
        app.Deliveries.Count.ShouldBe(1);
        (await broker.LengthAsync(Dead)).ShouldBe(0);
    }

    [Theory]
    [InlineData(200, """{"status":"DROP"}""")]
    [InlineData(404, "")]
    public async Task Response_Drop_DeadLettersImmediately(int status, string body)
    {
        await using var app = new TestApp().Subscribe(_topic, deadLetterTopic: Dead).Answer(_ => new Reply(status, body)).Listen();
        await using var sidecar = await StartAsync(app, Resource.Inbound("policy: constant, duration: 10ms, maxRetries: 3"));
        await sidecar.SendAsync(_topic, "1", query: "?metadata.colour=red");
        await Eventually.HoldsAsync(async () => await broker.LengthAsync(Dead) == 1, "the dead letter");
        await Eventually.HoldsAsync(() => broker.IsDrainedAsync(_topic, sidecar.AppId), "acknowledgement");
        app.Deliveries.Count.ShouldBe(1);
        var dead = await broker.ReadOneAsync(Dead);
        dead.Data.ShouldBe((await broker.ReadOneAsync(_topic)).Data);
        dead.Event.Text("topic").ShouldBe(_topic);
        JsonDocument.Parse(dead.Metadata!).RootElement.Text("colour").ShouldBe("red");
    }

    [Theory]
    [InlineData(200, """{"status":"RETRY"}""")]
    [InlineData(200, """{"status":"success"}""")]
    [InlineData(200, """{"status":"WHATEVER"}""")]
    [InlineData(302, "")]
    [InlineData(400, "")]
    [InlineData(500, "")]
    [InlineData(503, "")]
    public async Task Response_Retriable_IsRetriedThenDeadLettered(int status, string body)
    {
        await using var app = new TestApp().Subscribe(_topic, deadLetterTopic: Dead).Answer(_ => new Reply(status, body)).Listen();
        await using var sidecar = await StartAsync(app, Resource.Inbound("policy: constant, duration: 10ms, maxRetries: 2"));
        await sidecar.SendAsync(_topic, "1");
        await Eventually.HoldsAsync(async () => await broker.LengthAsync(Dead) == 1, "the dead letter");
        await Eventually.HoldsAsync(() => broker.IsDrainedAsync(_topic, sidecar.AppId), "acknowledgement");
        app.Deliveries.Count.ShouldBe(3);
        app.Deliveries.ShouldAllBe(d => d.Path == "/on");
    }

    [Fact]
    public async Task DeadLetterTopic_WithSubscription_IsDelivered()
    {
        await using var app = new TestApp().Subscribe(_topic, "/first", Dead).Subscribe(Dead, "/dead").Answer(d => new Reply(d.Path == "/first" ? 500 : 200)).Listen();
        await using var sidecar = await StartAsync(app);
        await sidecar.SendAsync(_topic, "1");
        var deliveries = await app.ReceivedAsync(2);
        deliveries[1].Path.ShouldBe("/dead");
        deliveries[1].Body.ShouldBe(deliveries[0].Body);
    }

    [Fact]
    public async Task Expired_Message_NeverReachesTheApp()
    {
        await using var app = new TestApp().Subscribe(_topic, deadLetterTopic: Dead).Listen();
        await broker.AddAsync(_topic, """{"id":"old","data":1,"expiration":"2020-01-01T00:00:00Z"}""");
        await using var sidecar = await StartAsync(app);
        await Eventually.HoldsAsync(async () => await broker.LengthAsync(Dead) == 1, "the dead letter");
        (await broker.ReadOneAsync(Dead)).Event.Text("expiration").ShouldBe("2020-01-01T00:00:00Z");
        await Eventually.HoldsAsync(() => broker.IsDrainedAsync(_topic, sidecar.AppId), "acknowledgement");
        app.Deliveries.ShouldBeEmpty();
    }

    [Fact]
    public async Task RawSubscription_RawBytes_AreWrapped()
    {
        await using var app = new TestApp().Subscribe(_topic, metadata: new() { ["rawPayload"] = "true" }).Listen();
        await using var sidecar = await StartAsync(app);
        await sidecar.SendAsync(_topic, "just bytes", "text/plain", "?metadata.rawPayload=true");
        var received = (await app.ReceivedOneAsync()).Event;
        Encoding.UTF8.GetString(received.GetProperty("data_base64").GetBytesFromBase64()).ShouldBe("just bytes");
        received.Text("datacontenttype").ShouldBe("application/octet-stream");
        received.Text("source").ShouldBe("Dapr");
        received.Text("type").ShouldBe("com.dapr.event.sent");
        received.Text("topic").ShouldBe(_topic);
        received.Text("pubsubname").ShouldBe(DaprSidecar.Pubsub);
        received.Text("id").ShouldNotBeEmpty();
        received.Has("time").ShouldBeFalse();
    }

    [Fact]
    public async Task RawSubscription_WrappedEvent_IsWrappedTwice()
    {
        await using var app = new TestApp().Subscribe(_topic, metadata: new() { ["rawPayload"] = "true" }).Listen();
        await using var sidecar = await StartAsync(app);
        await sidecar.SendAsync(_topic, """{"a":1}""");
        var inner = (await app.ReceivedOneAsync()).Event.GetProperty("data_base64").GetBytesFromBase64();
        JsonDocument.Parse(inner).RootElement.GetProperty("data").GetProperty("a").GetInt32().ShouldBe(1);
    }

    [Theory]
    [InlineData("just bytes")]
    [InlineData("[1]")]
    public async Task PlainSubscription_NonObjectBytes_Fail(string body)
    {
        await using var app = new TestApp().Subscribe(_topic, deadLetterTopic: Dead).Listen();
        await using var sidecar = await StartAsync(app);
        await sidecar.SendAsync(_topic, body, "text/plain", "?metadata.rawPayload=true");
        await Eventually.HoldsAsync(async () => await broker.LengthAsync(Dead) == 1, "the dead letter");
        app.Deliveries.ShouldBeEmpty();
    }

    [Fact]
    public async Task Entry_WithoutMetadataField_IsDelivered()
    {
        await using var app = new TestApp().Subscribe(_topic).Listen();
        await using var sidecar = await StartAsync(app);
        await broker.AddAsync(_topic, """{"id":"1","data":"by hand"}""");
        (await app.ReceivedOneAsync()).Event.Text("data").ShouldBe("by hand");
    }

    [Fact]
    public async Task MaxConcurrency_One_DeliversOneAtATime()
    {
        var (running, most) = (0, 0);
        await using var app = new TestApp().Subscribe(_topic).Listen();
        app.Handler = async _ =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            await Task.Yield();
            Interlocked.Decrement(ref running);
            return Reply.Ok;
        };
        await using var sidecar = await DaprSidecar.StartAsync(new Setup { App = app, Resources = [Resource.Component(broker.Address)], Flags = ["--app-max-concurrency=1"] });
        for (var i = 0; i < 20; i++) await sidecar.SendAsync(_topic, "1");
        await app.ReceivedAsync(20);
        most.ShouldBe(1);
    }

    private Task<DaprSidecar> StartAsync(TestApp app, string? policy = null) => DaprSidecar.StartAsync(new Setup
    {
        App = app,
        Resources = policy is null ? [Resource.Component(broker.Address)] : [Resource.Component(broker.Address), policy],
    });
}
