using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Context.Propagation;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Jiceng.Hosting;

/// <summary>
/// Traces, metrics and logs go out by OTLP when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set; the other <c>OTEL_*</c> variables mean what
/// OpenTelemetry says they mean. docs/telemetry.md lists what is sent.
/// </summary>
internal static class ServiceTelemetry
{
    private const string GrpcSpans = "OTEL_DOTNET_EXPERIMENTAL_ASPNETCORE_ENABLE_GRPC_INSTRUMENTATION";

    public static void AddServiceTelemetry(this WebApplicationBuilder builder, ServiceIdentity identity)
    {
        if (string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"])) return;

        // ASP.NET Core gives its spans the attributes that samplers look at only when asked to.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);
        builder.Configuration[GrpcSpans] ??= "true";
        // ASP.NET Core and HttpClient pass on the trace by themselves. The default would write it again into each call, even over a header
        // that was set, and pass on what callers put into baggage.
        Sdk.SetDefaultTextMapPropagator(new TraceContextPropagator());
        builder.Services.AddSingleton<IStartupFilter, GrpcOutcomes>();
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(identity.TelemetryName, "jiceng", ServiceIdentity.Version))
            .WithTracing(tracing => tracing
                .AddProcessor<RootSpans>()
                .AddAspNetCoreInstrumentation(options => options.Filter = context => !Probes.Are(context.Request.Path))
                .AddHttpClientInstrumentation(options =>
                {
                    options.FilterHttpRequestMessage = IsNoProbe;
                    options.EnrichWithHttpRequestMessage = DescribeForwarded;
                })
                .AddGrpcClientInstrumentation(options =>
                {
                    options.Filter = IsNoProbe;
                    options.SuppressDownstreamInstrumentation = true;
                })
                .AddSource("Yarp.ReverseProxy", "Jiceng.*"))
            .WithMetrics(metrics => metrics
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation()
                .AddMeter("Jiceng.*"))
            .WithLogging()
            .UseOtlpExporter();
    }

    private static bool IsNoProbe(HttpRequestMessage request) => request.RequestUri is not { } uri || !Probes.Are(uri.AbsolutePath);

    /// <summary>The gateway forwards gRPC by HTTP: no package takes that for a gRPC call.</summary>
    private static void DescribeForwarded(Activity span, HttpRequestMessage request)
    {
        if (request.RequestUri?.AbsolutePath is not { } path || request.Content?.Headers.ContentType?.MediaType?.StartsWith("application/grpc", StringComparison.Ordinal) != true) return;
        span.DisplayName = path[1..];
        span.SetTag("rpc.system.name", "grpc");
        span.SetTag("rpc.method", span.DisplayName);
    }
}

/// <summary>
/// Leaves out what nobody asked for and no package filters: connections to PostgreSQL and commands of Redis outside any trace, and the
/// proxy's own probes.
/// </summary>
internal sealed class RootSpans : BaseProcessor<Activity>
{
    public override void OnStart(Activity data)
    {
        var dropped = data.Source.Name switch
        {
            "Npgsql" or "OpenTelemetry.Instrumentation.StackExchangeRedis" => data.ParentSpanId == default,
            "Yarp.ReverseProxy" => data.OperationName == "proxy.cluster_health_checks",
            _ => false,
        };
        if (!dropped) return;
        // Neither the span nor those below it are exported.
        data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        data.IsAllDataRequested = false;
    }
}
