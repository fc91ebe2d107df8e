using System.Globalization;
using Jiceng.Sidecar.Resources;

namespace Jiceng.Sidecar.Telemetry;

/// <summary>Handling of a caller's trace.</summary>
internal enum TraceMode
{
    /// <summary>Forwards the caller's traceparent unchanged.</summary>
    Echo,

    /// <summary>Creates child spans and forwards their traceparent.</summary>
    Spans,

    /// <summary>Leaves the trace fields empty.</summary>
    Off,
}

/// <param name="Mode">Handling of a caller's trace.</param>
/// <param name="Endpoint">Where to export spans; null to export none.</param>
/// <param name="Http">Whether to use OTLP over HTTP instead of gRPC.</param>
internal sealed record TraceSettings(TraceMode Mode, Uri? Endpoint, bool Http)
{
    /// <summary>Reads the Configuration resource of --config, overridden by OTEL_EXPORTER_OTLP_ENDPOINT, like daprd.</summary>
    public static TraceSettings Read(string? configFile, string appId, Func<string, string?> environment)
    {
        var settings = new TraceSettings(TraceMode.Echo, null, Http: false);
        if (configFile is not null) settings = ReadFile(configFile, appId, settings);
        if (environment("OTEL_EXPORTER_OTLP_ENDPOINT") is not { Length: > 0 } endpoint) return settings;
        return Uri.TryCreate(endpoint, UriKind.Absolute, out var uri)
            ? new TraceSettings(TraceMode.Spans, uri, environment("OTEL_EXPORTER_OTLP_PROTOCOL") is { } protocol && protocol.StartsWith("http", StringComparison.Ordinal))
            : throw new ConfigurationException($"OTEL_EXPORTER_OTLP_ENDPOINT is '{endpoint}'; it must be an address such as http://127.0.0.1:4317");
    }

    private static TraceSettings ReadFile(string file, string appId, TraceSettings defaults)
    {
        foreach (var document in ResourceDocument.ReadFile(file).Where(d => d.Kind == "Configuration" && d.AppliesTo(appId)))
        {
            document.Root.Ignore("apiVersion", "kind", "metadata", "scopes");
            var spec = document.Root.NeedMap("spec");
            document.Root.RejectUnknown();
            spec.Ignore("metrics", "logging");
            var settings = spec.TakeMap("tracing") is { } tracing ? ReadTracing(tracing, defaults) : defaults;
            spec.RejectUnknown();
            return settings;
        }

        return defaults;
    }

    private static TraceSettings ReadTracing(YamlMap tracing, TraceSettings defaults)
    {
        tracing.Ignore("stdout");
        var rate = tracing.TakeText("samplingRate");
        var otel = tracing.TakeMap("otel");
        var address = otel?.TakeText("endpointAddress");
        var http = otel?.TakeText("protocol") == "http";
        var secure = otel?.TakeBool("isSecure", true) ?? true;
        otel?.RejectUnknown();
        tracing.RejectUnknown();
        var endpoint = string.IsNullOrEmpty(address) ? null : new Uri($"{(secure ? "https" : "http")}://{address}");
        if (rate is null) return endpoint is null ? defaults : new TraceSettings(TraceMode.Spans, endpoint, http);
        if (!double.TryParse(rate, NumberStyles.Float, CultureInfo.InvariantCulture, out var share) || share is < 0 or > 1)
            throw new ConfigurationException($"{tracing.Place}.samplingRate is '{rate}'; it must be from 0 to 1");
        return new TraceSettings(share > 0 ? TraceMode.Spans : TraceMode.Off, endpoint, http);
    }
}
