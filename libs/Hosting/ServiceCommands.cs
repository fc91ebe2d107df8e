using System.Runtime.InteropServices;
using Jiceng.Domain;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Jiceng.Hosting;

internal static class ServiceCommands
{
    public static async Task<int> RunAsync(WebApplication app, string name, string[] args)
    {
        var service = app.Services.GetRequiredService<ServiceIdentity>().TelemetryName;
        await using var scope = app.Services.CreateAsyncScope();
        var commands = scope.ServiceProvider.GetServices<IServiceCommand>().ToArray();
        if (commands.FirstOrDefault(c => c.Name == name) is not { } command)
        {
            var known = commands.Length == 0 ? "it has none" : $"it has {string.Join(", ", commands.Select(c => c.Name).Order(StringComparer.Ordinal))}";
            await Console.Error.WriteLineAsync($"{service}: there is no command '{name}'; {known}");
            return ExitCode.Usage;
        }

        using var stop = new CancellationTokenSource();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        try
        {
            return await command.RunAsync(args, stop.Token);
        }
        catch (ApiException refused)
        {
            await Console.Error.WriteLineAsync($"{service}: {name}: {refused.Message}");
            return ExitCode.Failure;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync($"{service}: {name} was stopped before it ended");
            return ExitCode.Failure;
        }

        void Cancel(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }
}
