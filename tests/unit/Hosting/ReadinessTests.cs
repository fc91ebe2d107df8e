using System.Net;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Jiceng.Hosting;
using Jiceng.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Hosting;

public sealed class ReadinessTests : IDisposable
{
    private readonly TestTokens _tokens = new();
    private readonly HttpClient _client = new();

    public void Dispose()
    {
        _client.Dispose();
        _tokens.Dispose();
    }

    [Fact]
    public async Task DependencyDown_IsNotReadyButLive_AndReadyAgainWhenItIsBack()
    {
        var healthy = false;
        var clock = new ShiftedTime();
        var builder = HostRun.Builder(_tokens);
        builder.Services.AddSingleton<TimeProvider>(clock);
        builder.Services.AddHealthChecks().AddCheck("postgres", () => healthy ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("password wrong"));
        await using var app = builder.Build();
        await app.StartServiceAsync();

        var answer = await _client.GetAsync(new Uri(app.AddressOf("Http"), "/readyz"));
        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await answer.Content.ReadAsStringAsync()).ShouldBe("not ready: postgres\n");
        (await _client.GetAsync(new Uri(app.AddressOf("Http"), "/livez"))).StatusCode.ShouldBe(HttpStatusCode.OK);

        healthy = true;
        clock.Shift = TimeSpan.FromSeconds(2);
        (await _client.GetAsync(new Uri(app.AddressOf("Http"), "/readyz"))).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task GrpcHealth_DependencyDown_IsStartedAndLiveButNotReady()
    {
        var builder = HostRun.Builder(_tokens);
        builder.Services.AddHealthChecks().AddCheck("postgres", () => HealthCheckResult.Unhealthy());
        await using var app = builder.Build();
        await app.StartServiceAsync();
        using var channel = GrpcChannel.ForAddress(app.AddressOf("Grpc"));

        (await StatusAsync("started")).ShouldBe(HealthCheckResponse.Types.ServingStatus.Serving);
        (await StatusAsync("live")).ShouldBe(HealthCheckResponse.Types.ServingStatus.Serving);
        (await StatusAsync("")).ShouldBe(HealthCheckResponse.Types.ServingStatus.NotServing);

        async Task<HealthCheckResponse.Types.ServingStatus> StatusAsync(string service) =>
            (await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest { Service = service })).Status;
    }

    [Fact]
    public async Task GrpcHealth_APartIsStillStarting_IsLiveButNotStarted()
    {
        var (builder, part) = (HostRun.Builder(_tokens), new SlowPart());
        builder.Services.AddSingleton<IHostedService>(part);
        await using var app = builder.Build();
        var starting = app.StartServiceAsync();
        await part.Begun.Task.WaitAsync(TimeSpan.FromSeconds(90));
        using var channel = GrpcChannel.ForAddress(app.AddressOf("Grpc"));
        var health = new Health.HealthClient(channel);

        (await health.CheckAsync(new HealthCheckRequest { Service = "started" })).Status.ShouldBe(HealthCheckResponse.Types.ServingStatus.NotServing);
        (await health.CheckAsync(new HealthCheckRequest { Service = "live" })).Status.ShouldBe(HealthCheckResponse.Types.ServingStatus.Serving);

        part.End.SetResult();
        await starting.WaitAsync(TimeSpan.FromSeconds(90));
        (await health.CheckAsync(new HealthCheckRequest { Service = "started" })).Status.ShouldBe(HealthCheckResponse.Types.ServingStatus.Serving);
    }

    [Fact]
    public async Task Checks_AskedForAtOnce_RunOnce()
    {
        var runs = 0;
        var builder = HostRun.Builder(_tokens);
        builder.Services.AddHealthChecks().AddCheck("postgres", () =>
        {
            Interlocked.Increment(ref runs);
            return HealthCheckResult.Healthy();
        });
        // A clock that stands still keeps the answer fresh.
        builder.Services.AddSingleton<TimeProvider>(new ShiftedTime { Still = true });
        await using var app = builder.Build();
        await app.StartServiceAsync();

        using var channel = GrpcChannel.ForAddress(app.AddressOf("Grpc"));
        var health = new Health.HealthClient(channel);
        var asked = Enumerable.Range(0, 20).Select(_ => _client.GetAsync(new Uri(app.AddressOf("Http"), "/readyz")));
        var askedByGrpc = Enumerable.Range(0, 20).Select(_ => health.CheckAsync(new HealthCheckRequest()).ResponseAsync);
        await Task.WhenAll([.. asked, .. askedByGrpc]);
        runs.ShouldBe(1);
    }

    [Fact]
    public async Task Stop_WithDelay_IsNotReadyWhileItStillServes()
    {
        var builder = HostRun.Builder(_tokens, ("Shutdown:Delay", "00:00:30"), ("Shutdown:Timeout", "00:00:20"));
        var clock = new HeldTime();
        builder.Services.AddSingleton<TimeProvider>(clock);
        await using var app = builder.Build();
        await app.StartServiceAsync();
        app.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout.ShouldBe(TimeSpan.FromSeconds(50), "the calls under way have all of the time-out");

        using var channel = GrpcChannel.ForAddress(app.AddressOf("Grpc"));
        var health = new Health.HealthClient(channel);
        using var watch = health.Watch(new HealthCheckRequest());
        (await watch.ResponseStream.MoveNext(CancellationToken.None)).ShouldBeTrue();
        watch.ResponseStream.Current.Status.ShouldBe(HealthCheckResponse.Types.ServingStatus.Serving);

        var stopping = app.StopAsync();
        await clock.Waited.WaitAsync(TimeSpan.FromSeconds(90));
        (await _client.GetAsync(new Uri(app.AddressOf("Http"), "/readyz"))).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await _client.GetAsync(new Uri(app.AddressOf("Http"), "/livez"))).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await health.CheckAsync(new HealthCheckRequest())).Status.ShouldBe(HealthCheckResponse.Types.ServingStatus.NotServing);
        (await health.CheckAsync(new HealthCheckRequest { Service = "live" })).Status.ShouldBe(HealthCheckResponse.Types.ServingStatus.Serving);

        clock.Release();
        (await watch.ResponseStream.MoveNext(CancellationToken.None)).ShouldBeTrue();
        watch.ResponseStream.Current.Status.ShouldBe(HealthCheckResponse.Types.ServingStatus.NotServing);
        (await watch.ResponseStream.MoveNext(CancellationToken.None)).ShouldBeFalse();
        await stopping.WaitAsync(TimeSpan.FromSeconds(90));
    }

    /// <summary>Has started when the test says; by then the server answers.</summary>
    private sealed class SlowPart : IHostedLifecycleService
    {
        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken)
        {
            Begun.SetResult();
            return End.Task;
        }

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class ShiftedTime : TimeProvider
    {
        public TimeSpan Shift { get; set; }

        public bool Still { get; init; }

        public override long GetTimestamp() => (Still ? 1 : System.GetTimestamp()) + (Shift.Ticks * TimestampFrequency / TimeSpan.TicksPerSecond);
    }

    /// <summary>A clock whose delay of 30 seconds ends when the test says.</summary>
    private sealed class HeldTime : TimeProvider
    {
        private readonly TaskCompletionSource _waited = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Action? _release;

        public Task Waited => _waited.Task;

        public void Release() => _release!();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime != TimeSpan.FromSeconds(30)) return base.CreateTimer(callback, state, dueTime, period);
            _release = () => callback(state);
            _waited.TrySetResult();
            return base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
