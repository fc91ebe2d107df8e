using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Jiceng.Hosting;

/// <summary>
/// SIGTERM first makes the service not ready, then waits <c>Shutdown:Delay</c> (default 0) so that callers stop sending, then Kestrel
/// takes no new calls and gives those under way <c>Shutdown:Timeout</c> (default 25 s). Whoever ends the process has to wait for both.
/// </summary>
internal static class GracefulShutdown
{
    public static void AddGracefulShutdown(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<DrainState>();
        builder.Services.AddHostedService<DrainService>();
        builder.Services.AddOptions<HostOptions>().Configure<IConfiguration>((options, configuration) =>
        {
            // The host counts from SIGTERM: the delay must not be taken from the calls under way.
            options.ShutdownTimeout = Delay(configuration) + (configuration.GetValue<TimeSpan?>("Shutdown:Timeout") ?? TimeSpan.FromSeconds(25));
        });
    }

    public static TimeSpan Delay(IConfiguration configuration) => configuration.GetValue<TimeSpan?>("Shutdown:Delay") ?? TimeSpan.Zero;

    /// <summary>
    /// Answers that go on until the caller has enough would hold up the stop to its end: they are cancelled when it begins, and callers
    /// ask again elsewhere. Every other call is left to finish.
    /// </summary>
    public static void UseStreamDrain(this WebApplication app) => app.Use(async (context, next) =>
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method.Type is not (MethodType.ServerStreaming or MethodType.DuplexStreaming))
        {
            await next(context);
            return;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, app.Lifetime.ApplicationStopping);
        context.RequestAborted = stop.Token;
        await next(context);
    });
}

internal sealed class DrainState
{
    public bool Draining { get; set; }
}

internal sealed class DrainService(DrainState state, IConfiguration configuration, TimeProvider time) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        state.Draining = true;
        var delay = GracefulShutdown.Delay(configuration);
        if (delay > TimeSpan.Zero) await Task.Delay(delay, time, cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
