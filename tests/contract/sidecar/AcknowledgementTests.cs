
namespace Jiceng.SidecarConformance;

/// <summary>Acknowledged, pending and redelivered messages (daprd 1.17 and later).</summary>
public sealed class AcknowledgementTests(Broker broker)
{
    private readonly string _topic = Unique.Name("ack");

    [Theory]
    [InlineData(500)]
    [InlineData(200)]
    public async Task Failure_WithoutDeadLetterTopic_IsAcknowledgedAfterOneAttempt(int status)
    {
        await using var app = new TestApp().Subscribe(_topic).Answer(_ => new Reply(status, """{"status":"RETRY"}""")).Listen();
        await using var sidecar = await StartAsync(app, ("processingTimeout", "2000"), ("redeliverInterval", "100"));
        await sidecar.SendAsync(_topic, "1");
        await app.ReceivedAsync(1);
        await Eventually.HoldsAsync(() => broker.IsDrainedAsync(_topic, sidecar.AppId), "acknowledgement");
        app.Deliveries.Count.ShouldBe(1);
    }

    [Fact]
    public async Task AppDown_AtDelivery_LosesTheMessageAfterItsAttempts()
    {
        var app = new TestApp().Subscribe(_topic).Listen();
        await using var sidecar = await StartAsync(app);
        await app.DisposeAsync();
        await sidecar.SendAsync(_topic, "1");
        await Eventually.HoldsAsync(() => broker.IsDrainedAsync(_topic, sidecar.AppId), "acknowledgement");
    }

    [Fact]
    public async Task Failure_AfterProcessingTimeout_StaysPendingAndIsRedelivered()
    {
        var calls = 0;
        var first = new TaskCompletionSource<Reply>();
        await using var app = new TestApp().Subscribe(_topic).Listen();
        app.Handler = _ => Interlocked.Increment(ref calls) == 1 ? first.Task : Task.FromResult(Reply.Ok);
        await using var sidecar = await StartAsync(app, ("processingTimeout", "500"), ("redeliverInterval", "100"));
        await sidecar.SendAsync(_topic, "1");

        // The second delivery arrives while the first still runs: the timeout does not cancel the app's call.
        var deliveries = await app.ReceivedAsync(2);
        first.SetResult(new Reply(500));
        deliveries[1].Body.ShouldBe(deliveries[0].Body);
        await Eventually.HoldsAsync(() => broker.IsDrainedAsync(_topic, sidecar.AppId), "acknowledgement");
    }

    [Fact]
    public async Task Redelivery_Disabled_DoesNotRepeatALateHandler()
    {
        var released = new TaskCompletionSource<Reply>();
        await using var app = new TestApp().Subscribe(_topic).Listen();
        app.Handler = _ => released.Task;
        await using var sidecar = await StartAsync(app, ("processingTimeout", "0"), ("redeliverInterval", "100"));
        await sidecar.SendAsync(_topic, "1");
        await app.ReceivedAsync(1);
        (await broker.PendingAsync(_topic, sidecar.AppId)).ShouldBe(1);
        released.SetResult(new Reply(500));
        await Eventually.HoldsAsync(() => broker.IsDrainedAsync(_topic, sidecar.AppId), "acknowledgement");
        app.Deliveries.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Killed_WithMessagesInFlight_NextSidecarGetsThem()
    {
        var never = new TaskCompletionSource<Reply>();
        await using var hanging = new TestApp().Subscribe(_topic).Listen();
        hanging.Handler = _ => never.Task;
        await using (var killed = await StartAsync(hanging, _topic, ("processingTimeout", "700"), ("redeliverInterval", "200"), ("concurrency", "2")))
        {
            for (var i = 0; i < 5; i++) await killed.SendAsync(_topic, $"{i}");
            await hanging.ReceivedAsync(2);
            await Eventually.HoldsAsync(async () => await broker.PendingAsync(_topic, _topic) == 5, "all five in flight or prefetched");
            await killed.KillAsync();
        }

        await using var app = new TestApp().Subscribe(_topic).Listen();
        await using var sidecar = await StartAsync(app, _topic, ("processingTimeout", "700"), ("redeliverInterval", "200"));
        await Eventually.HoldsAsync(() => broker.IsDrainedAsync(_topic, _topic), "acknowledgement of all");
        app.Deliveries.Select(d => d.Event.GetProperty("data").GetInt32()).Distinct().Order().ShouldBe([0, 1, 2, 3, 4]);
        never.SetResult(Reply.Ok);
    }

    [Fact]
    public async Task Killed_OtherSidecarOfTheApp_TakesOver()
    {
        var never = new TaskCompletionSource<Reply>();
        await using var hanging = new TestApp().Subscribe(_topic).Listen();
        hanging.Handler = _ => never.Task;
        await using var killed = await StartAsync(hanging, _topic, ("processingTimeout", "700"), ("redeliverInterval", "200"));
        await killed.SendAsync(_topic, "1");
        await hanging.ReceivedAsync(1);
        await using var app = new TestApp().Subscribe(_topic).Listen();
        await using var survivor = await StartAsync(app, _topic, ("processingTimeout", "700"), ("redeliverInterval", "200"));
        await killed.KillAsync();
        await app.ReceivedAsync(1);
        await Eventually.HoldsAsync(() => broker.IsDrainedAsync(_topic, _topic), "acknowledgement");
        never.SetResult(Reply.Ok);
    }

    [Fact]
    public async Task Terminated_RunningHandler_CompletesAndIsAcknowledged()
    {
        var released = new TaskCompletionSource<Reply>();
        await using var app = new TestApp().Subscribe(_topic).Listen();
        app.Handler = _ => released.Task;
        await using var sidecar = await StartAsync(app);
        await sidecar.SendAsync(_topic, "1");
        await app.ReceivedAsync(1);
        var exit = sidecar.TerminateAsync();
        await Eventually.HoldsAsync(() => Task.FromResult(sidecar.Output.Contains("stopping", StringComparison.OrdinalIgnoreCase)
            || sidecar.Output.Contains("shutting down", StringComparison.OrdinalIgnoreCase)), "word of the stop");
        released.SetResult(Reply.Ok);
        (await exit).ShouldBe(0);
        (await broker.PendingAsync(_topic, sidecar.AppId)).ShouldBe(0);
    }

    [Fact]
    public async Task Redis_Restarted_SubscriptionsResume()
    {
        await using var redis = await RedisServer.StartAsync(TestContext.Current.CancellationToken);
        await using var app = new TestApp().Subscribe(_topic).Listen();
        await using var sidecar = await DaprSidecar.StartAsync(new Setup { App = app, Resources = [Resource.Component(redis.Address)] });
        await sidecar.SendAsync(_topic, "1");
        await app.ReceivedAsync(1);

        await redis.StopAsync();
        using (var refused = await sidecar.PublishAsync(_topic, "2"))
            await refused.ShouldBeErrorAsync(System.Net.HttpStatusCode.InternalServerError, "ERR_PUBSUB_PUBLISH_MESSAGE", "DAPR_PUBSUB_PUBLISH_MESSAGE");

        await redis.RestartAsync(TestContext.Current.CancellationToken);
        await Eventually.HoldsAsync(async () => (await sidecar.PublishAsync(_topic, "3")).IsSuccessStatusCode, "publishing");
        (await app.ReceivedAsync(2))[^1].Event.GetProperty("data").GetInt32().ShouldBe(3);
    }

    [Fact]
    public async Task Redis_ConnectionsKilled_PublishesAndDeliversWithoutError()
    {
        await using var redis = await RedisServer.StartAsync(TestContext.Current.CancellationToken);
        await using var admin = await AdminAsync(redis);
        await using var app = new TestApp().Subscribe(_topic).Listen();
        await using var sidecar = await DaprSidecar.StartAsync(new Setup { App = app, Resources = [Resource.Component(redis.Address)] });
        for (var round = 1; round <= 3; round++)
        {
            await sidecar.SendAsync(_topic, $"{round}");
            await app.ReceivedAsync(round);
            await Eventually.HoldsAsync(() => admin.IsDrainedAsync(_topic, sidecar.AppId), "acknowledgement");
            await admin.CommandAsync("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        }

        await sidecar.SendAsync(_topic, "4");
        (await app.ReceivedAsync(4)).Select(d => d.Event.GetProperty("data").GetInt32()).ShouldBe([1, 2, 3, 4]);
    }

    [Fact]
    public async Task Flushed_GroupDeleted_IsRecreated()
    {
        await using var redis = await RedisServer.StartAsync(TestContext.Current.CancellationToken);
        await using var admin = await AdminAsync(redis);
        await using var app = new TestApp().Subscribe(_topic).Listen();
        await using var sidecar = await DaprSidecar.StartAsync(new Setup { App = app, Resources = [Resource.Component(redis.Address)] });
        await sidecar.SendAsync(_topic, "1");
        await app.ReceivedAsync(1);
        await admin.FlushAsync();
        await sidecar.SendAsync(_topic, "2");
        (await app.ReceivedAsync(2))[^1].Event.GetProperty("data").GetInt32().ShouldBe(2);
    }

    private static async Task<Broker> AdminAsync(RedisServer redis)
    {
        var admin = new Broker(redis);
        await admin.InitializeAsync();
        return admin;
    }

    private Task<DaprSidecar> StartAsync(TestApp app, params (string, string)[] settings) => StartAsync(app, Unique.Name("app"), settings);

    private Task<DaprSidecar> StartAsync(TestApp app, string appId, params (string, string)[] settings) =>
        DaprSidecar.StartAsync(new Setup { AppId = appId, App = app, Resources = [Resource.Component(broker.Address, settings: settings)] });
}
