using Jiceng.Sidecar.Api;
using Jiceng.Sidecar.Launch;
using Jiceng.Sidecar.Publishing;
using Jiceng.Sidecar.Resilience;
using Jiceng.Sidecar.Resources;
using Jiceng.Sidecar.Subscriptions;
using Jiceng.Sidecar.Telemetry;

namespace Jiceng.Sidecar;

/// <summary>The sidecar of an app, from its settings to its last message.</summary>
internal sealed partial class AppSidecar : IAsyncDisposable
{
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly Dictionary<string, Pubsub> _pubsubs;
    private readonly ResourceCatalog _catalog;
    private readonly Tracing _tracing;
    private readonly AppChannel _app;
    private readonly CancellationTokenSource _stop = new();

    /// <exception cref="ConfigurationException">The resources require an unsupported feature.</exception>
    public AppSidecar(SidecarSettings settings, TimeProvider time, ILoggerFactory loggers)
    {
        (Settings, _time, _loggers) = (settings, time, loggers);
        _logger = loggers.CreateLogger($"sidecar.{settings.AppId}");
        _catalog = ResourceCatalog.Read(settings.ResourcesPaths, settings.AppId, settings.Environment);
        _tracing = new Tracing(TraceSettings.Read(settings.ConfigFile, settings.AppId, settings.Environment), settings.AppId);
        var policies = new PolicySet(_catalog.Resiliencies, time);
        _pubsubs = _catalog.Pubsubs.ToDictionary(p => p.Name, p =>
        {
            var (inbound, outbound) = policies.ForComponent(p.Name);
            return new Pubsub(p, inbound, outbound, time);
        });
        _app = new AppChannel(settings, time);
        Publisher = new Publisher(settings.AppId, _pubsubs, _tracing, time);
        Subscriptions = new SubscriptionSet(_pubsubs, _app, Publisher, _tracing, time, _logger);
    }

    public SidecarSettings Settings { get; }

    public Publisher Publisher { get; }

    public SubscriptionSet Subscriptions { get; }

    public IEnumerable<Pubsub> Pubsubs => _pubsubs.Values;

    /// <summary>Values stored with PUT /v1.0/metadata.</summary>
    public System.Collections.Concurrent.ConcurrentDictionary<string, string> ExtendedMetadata { get; } = new();

    /// <summary>Whether components and APIs are up.</summary>
    public bool OutboundReady { get; private set; }

    /// <summary>Whether the app listens and its subscriptions run.</summary>
    public bool Ready { get; private set; }

    /// <summary>Whether POST /v1.0/shutdown was called with force.</summary>
    public bool Forced { get; private set; }

    public void RequestStop(bool force)
    {
        Forced |= force;
        LogStopping();
        _stop.Cancel();
    }

    /// <summary>Runs until cancelled or until the shutdown API is called; running handlers then get the grace period to finish.</summary>
    /// <exception cref="ConfigurationException">Redis is down at the start, or the app requires an unsupported feature.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var registration = cancellationToken.Register(() => RequestStop(force: false));
        try
        {
            foreach (var pubsub in _pubsubs.Values) await pubsub.InitAsync(_stop.Token);
            await using var server = ApiServer.Build(this, _loggers);
            await ListenAsync(server);
            try
            {
                await ServeAppAsync();
                await Task.Delay(Timeout.InfiniteTimeSpan, _time, _stop.Token);
            }
            finally
            {
                await StopAsync(server);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Cancellation is the normal way to stop.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Subscriptions.DisposeAsync();
        foreach (var pubsub in _pubsubs.Values) await pubsub.DisposeAsync();
        _app.Dispose();
        _tracing.Dispose();
        _stop.Dispose();
    }

    private async Task ListenAsync(WebApplication server)
    {
        try
        {
            await server.StartAsync(_stop.Token);
            OutboundReady = true;
            LogListening(Settings.AppId, Settings.HttpPort, Settings.GrpcPort);
        }
        catch (IOException e)
        {
            throw new ConfigurationException($"{Settings.AppId}: cannot listen on ports {Settings.HttpPort} and {Settings.GrpcPort}: {e.Message}");
        }
    }

    private async Task StopAsync(WebApplication server)
    {
        (Ready, OutboundReady) = (false, false);
        var grace = Forced ? TimeSpan.Zero : Settings.ShutdownGrace;
        await Subscriptions.StopAsync(grace);
        using var limit = new CancellationTokenSource(grace, _time);
        await server.StopAsync(limit.Token);
    }

    private async Task ServeAppAsync()
    {
        if (Settings.AppPort == 0)
        {
            Ready = true;
            return;
        }

        await _app.WaitForPortAsync(_stop.Token);
        var health = Settings.AppHealth is { } probe ? new AppHealth(_app, probe, _time, _logger) : null;
        if (health is not null) await health.WaitUntilHealthyAsync(_stop.Token);
        if (_pubsubs.Count > 0)
        {
            var discovery = new Discovery(_app, _time, _logger);
            await discovery.GetAsync("/dapr/config", _stop.Token);
            Subscriptions.Choose([.. _catalog.Subscriptions.Select(s => s.Subscription)], await discovery.AskAsync(_stop.Token));
            Subscriptions.Start();
        }

        Ready = true;
        LogReady(Settings.AppId);
        if (health is not null) await health.WatchAsync(Subscriptions.Start, () => Subscriptions.StopAsync(Settings.ShutdownGrace), _stop.Token);
    }

    [LoggerMessage(LogLevel.Information, "sidecar of {AppId} listens on HTTP port {HttpPort} and gRPC port {GrpcPort}")]
    private partial void LogListening(string appId, int httpPort, int grpcPort);

    [LoggerMessage(LogLevel.Information, "sidecar of {AppId} is ready")]
    private partial void LogReady(string appId);

    [LoggerMessage(LogLevel.Information, "stopping")]
    private partial void LogStopping();
}
