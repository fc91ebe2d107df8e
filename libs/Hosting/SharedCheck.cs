using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Jiceng.Hosting;

/// <summary>Runs a health check at most once a second however many ask, since anyone may, and logs only changes of its status.</summary>
internal sealed partial class SharedCheck(TimeProvider time, ILogger<SharedCheck> logger)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(1);
    private readonly Lock _gate = new();
    private HealthStatus _status = HealthStatus.Healthy;
    private Task<HealthCheckResult>? _run;
    private long _begun;

    public static void Wrap(HealthCheckRegistration registration, TimeProvider time, ILogger<SharedCheck> logger)
    {
        var (create, shared) = (registration.Factory, new SharedCheck(time, logger));
        registration.Factory = services => new Check(shared, create(services));
    }

    private Task<HealthCheckResult> ResultAsync(IHealthCheck check, HealthCheckContext context, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_run is null || (_run.IsCompleted && time.GetElapsedTime(_begun) >= Lifetime))
                (_begun, _run) = (time.GetTimestamp(), RunAsync(check, context));
            return _run.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Belongs to all who ask: one of them giving up does not end it.</summary>
    private async Task<HealthCheckResult> RunAsync(IHealthCheck check, HealthCheckContext context)
    {
        HealthCheckResult result;
        try
        {
            result = await check.CheckHealthAsync(context, CancellationToken.None);
        }
        catch (Exception failure)
        {
            result = new HealthCheckResult(context.Registration.FailureStatus, exception: failure);
        }

        if (result.Status != _status)
            LogChange(result.Status == HealthStatus.Healthy ? LogLevel.Information : LogLevel.Warning, result.Exception, context.Registration.Name, result.Status, result.Description);
        _status = result.Status;
        return result;
    }

    [LoggerMessage("Health check {Check} is {Status}: {Description}")]
    private partial void LogChange(LogLevel level, Exception? exception, string check, HealthStatus status, string? description);

    private sealed class Check(SharedCheck shared, IHealthCheck check) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            shared.ResultAsync(check, context, cancellationToken);
    }
}
