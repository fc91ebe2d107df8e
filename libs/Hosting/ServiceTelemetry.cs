using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
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
    public static readonly string[] Sources = ["Microsoft.AspNetCore", "System.Net.Http", "Npgsql", "Yarp.ReverseProxy", "Jiceng.*"];

    public static readonly string[] Meters =
        ["Microsoft.AspNetCore.*", "System.Net.Http", "System.Net.NameResolution", "System.Runtime", "Npgsql", "Jiceng.*"];

    public static void AddServiceTelemetry(this WebApplicationBuilder builder, ServiceIdentity identity)
    {
        if (string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"])) return;

        // ASP.NET Core gives its spans the attributes that samplers look at only when asked to; the rest comes from ServerSpans.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);
        builder.Services.AddSingleton<IStartupFilter, ServerSpans>();
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(identity.TelemetryName, "jiceng", ServiceIdentity.Version))
            .WithTracing(tracing => tracing.AddSource(Sources).AddProcessor<ClientSpans>())
            .WithMetrics(metrics => metrics.AddMeter(Meters))
            .WithLogging()
            .UseOtlpExporter();
    }
}
