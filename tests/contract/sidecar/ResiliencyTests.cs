using System.Diagnostics;

namespace Jiceng.SidecarConformance;

/// <summary>Inbound resiliency policies.</summary>
public sealed class ResiliencyTests(Broker broker)
{
    private readonly string _topic = Unique.Name("resiliency");

    private string Dead => _topic + "-dead";

    [Fact]
    public async Task NoPolicy_Failure_IsOneAttempt()
    {
        await using var app = Failing();
        await using var sidecar = await StartAsync(app, null);
        await sidecar.SendAsync(_topic, "1");
        await DeadLetterAsync(sidecar);
        app.Deliveries.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Constant_FourRetries_AreFiveAttempts()
    {
        await using var app = Failing();
        await using var sidecar = await StartAsync(app, Resource.Inbound("policy: constant, duration: 20ms, maxRetries: 4"));
        await sidecar.SendAsync(_topic, "1");
        await DeadLetterAsync(sidecar);
        app.Deliveries.Count.ShouldBe(5);
        app.Deliveries.Select(d => d.Event.Text("id")).Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Constant_SuccessInBetween_EndsTheRetries()
    {
        var calls = 0;
        await using var app = new TestApp().Subscribe(_topic, deadLetterTopic: Dead).Answer(_ => new Reply(Interlocked.Increment(ref calls) < 3 ? 500 : 200)).Listen();
        await using var sidecar = await StartAsync(app, Resource.Inbound("policy: constant, duration: 20ms, maxRetries: 10"));
        await sidecar.SendAsync(_topic, "1");
        await Eventually.HoldsAsync(() => broker.IsDrainedAsync(_topic, sidecar.AppId), "acknowledgement");
        calls.ShouldBe(3);
        (await broker.LengthAsync(Dead)).ShouldBe(0);
    }

    [Fact]
    public async Task Exponential_TwoRetries_AreThreeAttemptsWithGrowingDelays()
    {
        await using var app = Failing();
        await using var sidecar = await StartAsync(app, Resource.Inbound("policy: exponential, maxInterval: 10s, maxRetries: 2"));
        var started = Stopwatch.GetTimestamp();
        await sidecar.SendAsync(_topic, "1");
        await DeadLetterAsync(sidecar);
        app.Deliveries.Count.ShouldBe(3);
        // 500 ms and 750 ms, each with up to half of it as jitter.
        Stopwatch.GetElapsedTime(started).ShouldBeGreaterThan(TimeSpan.FromMilliseconds(600));
    }

    [Theory]
    [InlineData(503, 3)]
    [InlineData(429, 3)]
    [InlineData(400, 1)]
    public async Task Matching_Statuses_DecideAboutRetries(int status, int attempts)
    {
        await using var app = new TestApp().Subscribe(_topic, deadLetterTopic: Dead).Answer(_ => new Reply(status)).Listen();
        await using var sidecar = await StartAsync(
            app, Resource.Inbound("policy: constant, duration: 10ms, maxRetries: 2, matching: { httpStatusCodes: \"429,500-599\" }"));
        await sidecar.SendAsync(_topic, "1");
        await DeadLetterAsync(sidecar);
        app.Deliveries.Count.ShouldBe(attempts);
    }

    [Fact]
    public async Task Matching_RetryBody_IsAlwaysRetried()
    {
        await using var app = new TestApp().Subscribe(_topic, deadLetterTopic: Dead).Answer(_ => new Reply(200, """{"status":"RETRY"}""")).Listen();
        await using var sidecar = await StartAsync(app, Resource.Inbound("policy: constant, duration: 10ms, maxRetries: 2, matching: { httpStatusCodes: \"500\" }"));
        await sidecar.SendAsync(_topic, "1");
        await DeadLetterAsync(sidecar);
        app.Deliveries.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Timeout_HangingApp_EndsEachAttempt()
    {
        var released = new TaskCompletionSource<Reply>();
        await using var app = new TestApp().Subscribe(_topic, deadLetterTopic: Dead).Listen();
        app.Handler = _ => released.Task;
        await using var sidecar = await StartAsync(app, Resource.Inbound("policy: constant, duration: 10ms, maxRetries: 1", timeout: "200ms"));
        await sidecar.SendAsync(_topic, "1");
        await DeadLetterAsync(sidecar);
        app.Deliveries.Count.ShouldBe(2);
        released.SetResult(Reply.Ok);
    }

    [Fact]
    public async Task Breaker_Open_EndsRetriesWithoutCallingTheApp()
    {
        await using var app = Failing();
        await using var sidecar = await StartAsync(app, Resource.Inbound(
            "policy: constant, duration: 500ms, maxRetries: 100", breaker: "maxRequests: 1, timeout: 600s, trip: consecutiveFailures >= 3"));
        await sidecar.SendAsync(_topic, "1");
        await DeadLetterAsync(sidecar);
        await sidecar.SendAsync(_topic, "2");
        await Eventually.HoldsAsync(async () => await broker.LengthAsync(Dead) == 2, "the second dead letter");
        app.Deliveries.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Breaker_AfterItsTimeout_AdmitsCalls()
    {
        var healed = false;
        await using var app = new TestApp().Subscribe(_topic, deadLetterTopic: Dead).Answer(_ => new Reply(healed ? 200 : 500)).Listen();
        await using var sidecar = await StartAsync(app, Resource.Inbound(breaker: "maxRequests: 1, timeout: 300ms, trip: consecutiveFailures >= 1"));
        await sidecar.SendAsync(_topic, "1");
        await DeadLetterAsync(sidecar);
        healed = true;
        await Eventually.HoldsAsync(
            async () =>
            {
                await sidecar.SendAsync(_topic, "2");
                return app.Deliveries.Count >= 2;
            },
            "a delivery through the closed breaker");
    }

    [Theory]
    [InlineData("DefaultPubsubComponentInboundRetryPolicy")]
    [InlineData("DefaultComponentInboundRetryPolicy")]
    [InlineData("DefaultComponentRetryPolicy")]
    [InlineData("DefaultRetryPolicy")]
    public async Task DefaultPolicies_ByName_Apply(string name)
    {
        await using var app = Failing();
        await using var sidecar = await StartAsync(app, $$"""
            apiVersion: dapr.io/v1alpha1
            kind: Resiliency
            metadata: { name: defaults }
            spec:
              policies:
                retries:
                  {{name}}: { policy: constant, duration: 10ms, maxRetries: 1 }
            """);
        await sidecar.SendAsync(_topic, "1");
        await DeadLetterAsync(sidecar);
        app.Deliveries.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Scopes_OfAnotherApp_DoNotApply()
    {
        await using var app = Failing();
        await using var sidecar = await StartAsync(app, Resource.Inbound("policy: constant, duration: 10ms, maxRetries: 5") + "\nscopes: [someone-else]\n");
        await sidecar.SendAsync(_topic, "1");
        await DeadLetterAsync(sidecar);
        app.Deliveries.Count.ShouldBe(1);
    }

    private TestApp Failing() => new TestApp().Subscribe(_topic, deadLetterTopic: Dead).Answer(_ => new Reply(500)).Listen();

    private async Task DeadLetterAsync(DaprSidecar sidecar)
    {
        await Eventually.HoldsAsync(async () => await broker.LengthAsync(Dead) == 1, "the dead letter");
        await Eventually.HoldsAsync(() => broker.IsDrainedAsync(_topic, sidecar.AppId), "acknowledgement");
    }

    private Task<DaprSidecar> StartAsync(TestApp app, string? policy) => DaprSidecar.StartAsync(new Setup
    {
        App = app,
        Resources = policy is null ? [Resource.Component(broker.Address)] : [Resource.Component(broker.Address), policy],
    });
}
