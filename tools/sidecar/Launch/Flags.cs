using System.Globalization;
using System.Net;
using Jiceng.Sidecar.Resources;

namespace Jiceng.Sidecar.Launch;

/// <summary>
/// daprd's flags. Accepts --name=value, --name value and -name; a boolean needs no value. A flag for an unsupported feature is rejected by
/// name; one that has no effect without a control plane is ignored.
/// </summary>
internal sealed class Flags
{
    private static readonly HashSet<string> Booleans =
        ["enable-app-health-check", "log-as-json", "enable-api-logging", "enable-profiling", "enable-metrics", "enable-mtls", "app-ssl",
         "disable-builtin-k8s-secret-store", "disable-init-endpoints", "version"];

    private static readonly HashSet<string> Valued =
        ["app-id", "app-port", "app-protocol", "app-channel-address", "app-max-concurrency", "app-health-check-path", "app-health-probe-interval",
         "app-health-probe-timeout", "app-health-threshold", "dapr-http-port", "dapr-grpc-port", "dapr-public-port", "dapr-listen-addresses",
         "resources-path", "components-path", "config", "mode", "max-body-size", "dapr-http-max-request-size", "dapr-graceful-shutdown-seconds",
         "log-level", "unix-domain-socket"];

    private static readonly HashSet<string> Ignored =
        ["dapr-internal-grpc-port", "dapr-internal-grpc-listen-address", "dapr-public-listen-address", "metrics-port", "metrics-listen-address",
         "placement-host-address", "scheduler-host-address", "control-plane-address", "control-plane-trust-domain", "control-plane-namespace",
         "sentry-address", "trust-domain", "trust-anchors-file", "profile-port", "read-buffer-size", "dapr-http-read-buffer-size",
         "allowed-origins", "dapr-block-shutdown-duration", "actors-service", "reminders-service"];

    private readonly Dictionary<string, List<string>> _values = [];

    public bool Has(string name) => _values.ContainsKey(name);

    public static Flags Parse(IReadOnlyList<string> arguments)
    {
        var flags = new Flags();
        for (var at = 0; at < arguments.Count; at++)
        {
            var argument = arguments[at];
            if (!argument.StartsWith('-')) throw new ConfigurationException($"'{argument}' is not a flag; flags begin with --");
            var parts = argument.TrimStart('-').Split('=', 2);
            string? value = parts.Length == 2 ? parts[1] : null;
            if (value is null && !Booleans.Contains(parts[0]))
                value = ++at < arguments.Count ? arguments[at] : throw new ConfigurationException($"--{parts[0]} needs a value");
            flags.Add(parts[0], value ?? "true");
        }

        return flags;
    }

    public void Add(string name, string value)
    {
        if (Ignored.Contains(name)) return;
        if (!Booleans.Contains(name) && !Valued.Contains(name)) throw new ConfigurationException($"this sidecar does not know the flag --{name}");
        if (!_values.TryGetValue(name, out var list)) _values[name] = list = [];
        list.Add(value);
    }

    /// <exception cref="ConfigurationException">A flag requires an unsupported feature or has an invalid value.</exception>
    public SidecarSettings ToSettings(Func<string, string?> environment)
    {
        RejectOther("mode", "standalone");
        RejectOther("app-protocol", "http");
        RejectOther("unix-domain-socket", "");
        RejectOther("enable-mtls", "false");
        RejectOther("app-ssl", "false");
        var appId = Text("app-id", "");
        if (appId.Length == 0) throw new ConfigurationException("--app-id is missing");
        return new SidecarSettings
        {
            AppId = appId,
            AppPort = Port("app-port", 0),
            AppAddress = Text("app-channel-address", "127.0.0.1"),
            AppMaxConcurrency = Math.Max(Number("app-max-concurrency", -1), 0),
            AppHealth = Text("enable-app-health-check", "false") == "true" ? Health() : null,
            HttpPort = Port("dapr-http-port", 3500),
            GrpcPort = Port("dapr-grpc-port", 50001),
            PublicPort = Port("dapr-public-port", 0),
            ListenAddresses = [.. Texts("dapr-listen-addresses").Select(Address)],
            ResourcesPaths = [.. Texts("resources-path"), .. Texts("components-path")],
            ConfigFile = Text("config", "") is { Length: > 0 } file ? file : null,
            MaxBodyBytes = Has("max-body-size") ? Bytes(Text("max-body-size", "")) : Number("dapr-http-max-request-size", 4) * 1024L * 1024L,
            ShutdownGrace = TimeSpan.FromSeconds(Number("dapr-graceful-shutdown-seconds", 5)),
            LogLevel = Level(Text("log-level", "info")),
            LogAsJson = Text("log-as-json", "false") == "true",
            Environment = environment,
        };
    }

    private AppHealthSettings Health() => new(
        Text("app-health-check-path", "/healthz"),
        TimeSpan.FromSeconds(Number("app-health-probe-interval", 5)),
        TimeSpan.FromMilliseconds(Number("app-health-probe-timeout", 500)),
        Math.Max(Number("app-health-threshold", 3), 1));

    private void RejectOther(string name, string only)
    {
        if (Text(name, only) != only) throw new ConfigurationException($"--{name}={Text(name, only)} is not something this sidecar has; leave it out");
    }

    private string Text(string name, string fallback) => _values.TryGetValue(name, out var list) ? list[^1] : fallback;

    private IEnumerable<string> Texts(string name) => (_values.GetValueOrDefault(name) ?? [])
        .SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    private int Number(string name, int fallback)
    {
        var text = Text(name, fallback.ToString(CultureInfo.InvariantCulture));
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new ConfigurationException($"--{name} is '{text}'; it must be a whole number");
    }

    private int Port(string name, int fallback) => Number(name, fallback) is var port and >= 0 and <= 65535
        ? port
        : throw new ConfigurationException($"--{name} is {Number(name, fallback)}; it must be a port from 1 to 65535");

    private static IPAddress Address(string text) => IPAddress.TryParse(text.Trim('[', ']'), out var address)
        ? address
        : throw new ConfigurationException($"--dapr-listen-addresses has '{text}'; it must be IP addresses");

    private static long Bytes(string text)
    {
        var unit = text.TrimStart("0123456789".ToCharArray());
        var scale = unit switch
        {
            "" => 1L,
            "k" => 1_000L,
            "Ki" => 1L << 10,
            "M" => 1_000_000L,
            "Mi" => 1L << 20,
            "G" => 1_000_000_000L,
            "Gi" => 1L << 30,
            _ => 0L,
        };
        return scale > 0 && int.TryParse(text[..^unit.Length], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? count * scale
            : throw new ConfigurationException($"--max-body-size is '{text}'; it must be a size such as 4Mi");
    }

    private static LogLevel Level(string text) => text switch
    {
        "debug" => LogLevel.Debug,
        "info" => LogLevel.Information,
        "warn" => LogLevel.Warning,
        "error" => LogLevel.Error,
        "fatal" => LogLevel.Critical,
        _ => throw new ConfigurationException($"--log-level is '{text}'; it must be debug, info, warn, error or fatal"),
    };
}
