using Grpc.AspNetCore.HealthChecks;
using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Jiceng.Hosting;

/// <summary>
/// <c>/livez</c> answers while the process does. <c>/readyz</c> and grpc.health.v1, for the whole service ("") and for each gRPC service by
/// its full name, answer by the health checks that the service added (<c>services.AddHealthChecks()</c>) and turn away callers while the
/// service drains. Two more names are for the orchestrator: <see cref="Started"/> and <see cref="Live"/>.
/// </summary>
internal static class ServiceHealth
{
    /// <summary>Serving when every part of the process has started, whatever it needs from outside.</summary>
    private const string Started = "started";

    /// <summary>Serving while the process answers: checks only what a restart can fix.</summary>
    private const string Live = "live";

    private const string Draining = "draining";

    /// <summary>How long a call of <c>Watch</c> may show an old state; a stop ends it at once.</summary>
    private static readonly TimeSpan WatchPeriod = TimeSpan.FromSeconds(5);

    public static void AddServiceHealth(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddGrpcHealthChecks(options =>
            {
                options.Services.Map("", check => IsReadiness(check.Name));
                options.Services.Map(Started, check => check.Name == Started);
                options.Services.Map(Live, check => check.Name == Live);
            })
            .AddCheck<StartCheck>(Started)
            .AddCheck(Live, () => HealthCheckResult.Healthy())
            .AddCheck<DrainCheck>(Draining);
        services.Configure<HealthCheckPublisherOptions>(options => (options.Delay, options.Period) = (TimeSpan.Zero, WatchPeriod));
        services.AddOptions<HealthCheckServiceOptions>().PostConfigure<TimeProvider, ILogger<SharedCheck>>((options, time, logger) =>
        {
            foreach (var registration in options.Registrations.Where(registration => registration.Name is not (Started or Live or Draining)))
                SharedCheck.Wrap(registration, time, logger);
        });
    }

    /// <summary>Comes last: it lists the gRPC services that are mapped.</summary>
    public static void MapServiceHealth(this WebApplication app)
    {
        app.MapGet("/livez", () => Results.Text("live\n")).AllowAnonymous();
        app.MapHealthChecks("/readyz", new HealthCheckOptions { Predicate = check => IsReadiness(check.Name), ResponseWriter = WriteAsync }).AllowAnonymous();
        app.MapGrpcHealthChecksService().AllowAnonymous();

        var names = app.Services.GetRequiredService<IOptions<GrpcHealthChecksOptions>>().Value.Services;
        var methods = ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints).Select(endpoint => endpoint.Metadata.GetMetadata<GrpcMethodMetadata>());
        foreach (var service in methods.Select(method => method?.Method.ServiceName).OfType<string>().Distinct())
            names.Map(service, check => IsReadiness(check.Name));
    }

    public static bool IsReadiness(string check) => check != Started;

    /// <summary>Only the names of the checks, never their details, since anyone may ask.</summary>
    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        string Names(HealthStatus status) => string.Join(", ", report.Entries.Where(entry => entry.Value.Status == status).Select(entry => entry.Key));
        return context.Response.WriteAsync(report.Status switch
        {
            HealthStatus.Unhealthy => $"not ready: {Names(HealthStatus.Unhealthy)}\n",
            HealthStatus.Degraded => $"ready, without: {Names(HealthStatus.Degraded)}\n",
            _ => "ready\n",
        });
    }

    private sealed class StartCheck(IHostApplicationLifetime lifetime) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(lifetime.ApplicationStarted.IsCancellationRequested ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy());
    }

    private sealed class DrainCheck(DrainState drain) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(drain.Draining ? HealthCheckResult.Unhealthy() : HealthCheckResult.Healthy());
    }
}
