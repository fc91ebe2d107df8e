using Jiceng.Sidecar.Launch;

namespace Jiceng.Sidecar.Subscriptions;

/// <summary>Probes the app; an unhealthy app gets no deliveries.</summary>
internal sealed partial class AppHealth(AppChannel app, AppHealthSettings settings, TimeProvider time, ILogger logger)
{
    public async Task WaitUntilHealthyAsync(CancellationToken cancellationToken)
    {
        while (!await app.ProbeAsync(settings, cancellationToken)) await Task.Delay(settings.Interval, time, cancellationToken);
    }

    /// <summary>
    /// Watches a healthy app: stops it after as many failures as the threshold, and starts it again at the first success.
    /// </summary>
    public async Task WatchAsync(Action start, Func<Task> stop, CancellationToken cancellationToken)
    {
        var failures = 0;
        while (true)
        {
            await Task.Delay(settings.Interval, time, cancellationToken);
            if (!await app.ProbeAsync(settings, cancellationToken))
            {
                if (++failures != settings.Threshold) continue;
                LogUnhealthy(failures);
                await stop();
            }
            else
            {
                if (failures >= settings.Threshold)
                {
                    LogHealthy();
                    start();
                }

                failures = 0;
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "the app failed {Failures} health probes; subscriptions pause")]
    private partial void LogUnhealthy(int failures);

    [LoggerMessage(LogLevel.Information, "the app is healthy again; subscriptions resume")]
    private partial void LogHealthy();
}
