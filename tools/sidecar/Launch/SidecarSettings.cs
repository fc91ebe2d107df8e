using System.Net;

namespace Jiceng.Sidecar.Launch;

/// <summary>The probe of --enable-app-health-check.</summary>
internal sealed record AppHealthSettings(string Path, TimeSpan Interval, TimeSpan Timeout, int Threshold);

/// <summary>Everything the command line says about one app's sidecar.</summary>
internal sealed record SidecarSettings
{
    public required string AppId { get; init; }

    /// <summary>Zero means the app only publishes.</summary>
    public int AppPort { get; init; }

    public string AppAddress { get; init; } = "127.0.0.1";

    /// <summary>Zero means no limit.</summary>
    public int AppMaxConcurrency { get; init; }

    public AppHealthSettings? AppHealth { get; init; }

    public int HttpPort { get; init; } = 3500;

    public int GrpcPort { get; init; } = 50001;

    /// <summary>Health and metadata without the rest of the API; zero means no such port.</summary>
    public int PublicPort { get; init; }

    public IReadOnlyList<IPAddress> ListenAddresses { get; init; } = [];

    public IReadOnlyList<string> ResourcesPaths { get; init; } = [];

    public string? ConfigFile { get; init; }

    public long MaxBodyBytes { get; init; } = 4 * 1024 * 1024;

    public TimeSpan ShutdownGrace { get; init; } = TimeSpan.FromSeconds(5);

    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    public bool LogAsJson { get; init; }

    /// <summary>The process environment with the app's own values on top.</summary>
    public required Func<string, string?> Environment { get; init; }

    /// <summary>What callers of the sidecar must show; null lets everyone call.</summary>
    public string? ApiToken => Environment("DAPR_API_TOKEN") is { Length: > 0 } token ? token : null;

    /// <summary>What the sidecar shows to the app.</summary>
    public string? AppApiToken => Environment("APP_API_TOKEN") is { Length: > 0 } token ? token : null;

    public string AppUrl => $"http://{AppAddress}:{AppPort}";
}
