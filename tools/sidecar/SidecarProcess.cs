using System.Runtime.InteropServices;
using Jiceng.Sidecar.Launch;
using Microsoft.Extensions.Logging.Console;

namespace Jiceng.Sidecar;

/// <summary>Runs all apps of this process until a signal, or until the last one is shut down.</summary>
internal static class SidecarProcess
{
    public static async Task<int> RunAsync(IReadOnlyList<SidecarSettings> apps)
    {
        using var loggers = CreateLoggers(apps[0]);
        using var stop = new CancellationTokenSource();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);

        var sidecars = new List<AppSidecar>();
        try
        {
            foreach (var settings in apps) sidecars.Add(new AppSidecar(settings, TimeProvider.System, loggers));
            await Task.WhenAll(sidecars.Select(RunOneAsync));
            return sidecars.Exists(s => s.Forced) ? 1 : 0;
        }
        finally
        {
            foreach (var sidecar in sidecars) await sidecar.DisposeAsync();
        }

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }

        // A failed sidecar stops the process: a half-running suite is worse than none.
        async Task RunOneAsync(AppSidecar sidecar)
        {
            try
            {
                await sidecar.RunAsync(stop.Token);
            }
            catch
            {
                await stop.CancelAsync();
                throw;
            }
        }
    }

    private static ILoggerFactory CreateLoggers(SidecarSettings settings) => LoggerFactory.Create(logging =>
    {
        logging.SetMinimumLevel(settings.LogLevel).AddFilter("Microsoft", LogLevel.Warning)
            // Reports a failed start in one line instead of a stack trace.
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        if (settings.LogAsJson) logging.AddJsonConsole();
        else logging.AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat, console.ColorBehavior) = (true, "HH:mm:ss.fff ", LoggerColorBehavior.Disabled));
    });
}
