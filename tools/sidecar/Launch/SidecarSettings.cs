using System.Net;

namespace Jiceng.Sidecar.Launch;

/// <summary>The probe of --enable-app-health-check.</summary>
internal sealed record AppHealthSettings(string Path, TimeSpan Interval, TimeSpan Timeout, int Threshold);

/// <summary>The command line of an app's sidecar.</summary>
internal sealed record SidecarSettings
{
    public required string AppId { get; init; }

    /// <summary>Zero for an app that only publishes.</summary>
    public int AppPort { get; init; }

    public string AppAddress { get; init; } = "127.0.0.1";

    /// <summary>Zero for no limit.</summary>
    public int AppMaxConcurrency { get; init; }

    public AppHealthSettings? AppHealth { get; init; }

    public int HttpPort { get; init; } = 3500;

    public int GrpcPort { get; init; } = 50001;

    /// <summary>Port for health and metadata only; zero for none.</summary>
    public int PublicPort { get; init; }

    public IReadOnlyList<IPAddress> ListenAddresses { get; init; } = [];

    public IReadOnlyList<string> ResourcesPaths { get; init; } = [];

    public string? ConfigFile { get; init; }

    public long MaxBodyBytes { get; init; } = 4 * 1024 * 1024;

    public TimeSpan ShutdownGrace { get; init; } = TimeSpan.FromSeconds(5);

    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    public bool LogAsJson { get; init; }

    /// <summary>The process environment, overridden by the app's own values.</summary>
    public required Func<string, string?> Environment { get; init; }

    /// <summary>Token required from callers; null to accept all.</summary>
    public string? ApiToken => Environment("DAPR_API_TOKEN") is { Length: > 0 } token ? token : null;

    /// <summary>Token sent to the app.</summary>
    public string? AppApiToken => Environment("APP_API_TOKEN") is { Length: > 0 } token ? token : null;

    public string AppUrl => $"http://{AppAddress}:{AppPort}";
}
