using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Jiceng.Hosting;

/// <summary>
/// <c>/livez</c> answers while the process does. <c>/readyz</c> and grpc.health.v1 answer by the health checks that the service added
/// (<c>services.AddHealthChecks()</c>) and turn away callers while the service drains.
/// </summary>
internal static class ServiceHealth
{
    public static void AddServiceHealth(this WebApplicationBuilder builder)
    {
        builder.Services.AddHealthChecks();
        builder.Services.AddSingleton<Readiness>();
        builder.Services.AddSingleton<HealthRpc>();
    }

    public static void MapServiceHealth(this WebApplication app)
    {
        app.MapGet("/livez", () => Results.Text("live\n")).AllowAnonymous();
        app.MapGet("/readyz", async (Readiness readiness, CancellationToken cancellationToken) =>
        {
            var report = await readiness.CheckAsync(cancellationToken);
            return Results.Text(
                $"{report}\n",
                statusCode: report.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
        }).AllowAnonymous();
        app.MapGrpcService<HealthRpc>().AllowAnonymous();
    }
}

/// <summary>Runs the health checks, at most once a second however many ask.</summary>
internal sealed class Readiness(HealthCheckService checks, DrainState drain, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(1);
    private readonly SemaphoreSlim _gate = new(1);
    private ReadinessReport? _last;
    private long _taken;

    public async Task<ReadinessReport> CheckAsync(CancellationToken cancellationToken)
    {
        if (drain.Draining) return new ReadinessReport(["draining"], []);
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_last is not null && time.GetElapsedTime(_taken) < Lifetime) return _last;
            var report = await checks.CheckHealthAsync(cancellationToken);
            _last = new ReadinessReport(Of(report, HealthStatus.Unhealthy), Of(report, HealthStatus.Degraded));
            _taken = time.GetTimestamp();
            return _last;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private static string[] Of(HealthReport report, HealthStatus status) => [.. report.Entries.Where(e => e.Value.Status == status).Select(e => e.Key)];
}

/// <param name="Failing">Names of the checks that failed; never their details, since anyone may ask.</param>
/// <param name="Missing">Names of what the service goes on without.</param>
internal sealed record ReadinessReport(IReadOnlyList<string> Failing, IReadOnlyList<string> Missing)
{
    public bool Ready => Failing.Count == 0;

    public override string ToString() => (Ready, Missing.Count) switch
    {
        (false, _) => $"not ready: {string.Join(", ", Failing)}",
        (true, 0) => "ready",
        _ => $"ready, without: {string.Join(", ", Missing)}",
    };
}
