using System.Diagnostics;
using Jiceng.Sidecar.Events;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Jiceng.Sidecar.Telemetry;

/// <summary>A span, or none when the caller's trace is only forwarded.</summary>
internal sealed class TraceStep(Activity? activity, TraceFields fields) : IDisposable
{
    /// <summary>The trace fields for the envelope or the headers.</summary>
    public TraceFields Fields { get; } = fields;

    public void Failed(string reason) => activity?.SetStatus(ActivityStatusCode.Error, reason);

    public void Dispose() => activity?.Dispose();
}

/// <summary>The pubsub/TOPIC spans of an app's sidecar.</summary>
internal sealed class Tracing : IDisposable
{
    private const string SourceName = "Jiceng.Sidecar";
    private const string NoTrace = "00-00000000000000000000000000000000-0000000000000000-00";

    private readonly ActivitySource _source;
    private readonly TracerProvider? _provider;
    private readonly TraceMode _mode;

    public Tracing(TraceSettings settings, string appId)
    {
        _mode = settings.Mode;
        // Providers select sources by name, and several apps in one process each have a service name.
        _source = new ActivitySource($"{SourceName}/{appId}");
        if (_mode != TraceMode.Spans) return;
        var builder = Sdk.CreateTracerProviderBuilder()
            .SetSampler(new ParentBasedSampler(new AlwaysOnSampler()))
            .SetResourceBuilder(ResourceBuilder.CreateDefault().AddService(appId))
            .AddSource(_source.Name);
        if (settings.Endpoint is { } endpoint) builder.AddOtlpExporter(options => Configure(options, endpoint, settings.Http));
        _provider = builder.Build();
    }

    public TraceStep Publish(string topic, TraceFields caller) => Start(topic, ActivityKind.Producer, caller, "");

    /// <summary>Without a trace, daprd sends the app a traceparent of zeros.</summary>
    public TraceStep Deliver(string topic, TraceFields published) => Start(topic, ActivityKind.Consumer, published, NoTrace);

    public void Dispose()
    {
        _provider?.Dispose();
        _source.Dispose();
    }

    private static void Configure(OtlpExporterOptions options, Uri endpoint, bool http)
    {
        options.Protocol = http ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        options.Endpoint = http ? new Uri(endpoint.AbsoluteUri.TrimEnd('/') + "/v1/traces") : endpoint;
    }

    private TraceStep Start(string topic, ActivityKind kind, TraceFields caller, string none)
    {
        if (_mode == TraceMode.Off) return new TraceStep(null, new TraceFields(none, ""));
        var known = ActivityContext.TryParse(caller.Parent, caller.State.Length > 0 ? caller.State : null, isRemote: true, out var parent);
        if (_mode == TraceMode.Spans)
        {
            // The web server's activity is not exported; a span below it would have a missing parent.
            Activity.Current = null;
            var activity = _source.StartActivity($"pubsub/{topic}", kind, parent);
            if (activity?.Id is { } id)
            {
                activity.SetTag("messaging.system", "redis").SetTag("messaging.destination.name", topic);
                return new TraceStep(activity, new TraceFields(id, activity.TraceStateString ?? ""));
            }
        }

        return new TraceStep(null, known ? caller : new TraceFields(none, ""));
    }
}
