using System.Globalization;
using System.Security.Claims;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Grpc.Health.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Jiceng.Hosting;

/// <summary>
/// SIGTERM first makes the service not ready, then waits <c>Shutdown:Delay</c> (default 0) so that callers stop sending, then Kestrel
/// takes no new calls and gives those under way <c>Shutdown:Timeout</c> (default 25 s). The process that stops it must wait for both.
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
    /// ask again elsewhere. They are cancelled, too, when the token of the caller ends (<see cref="OpenStream"/>). Every other call is left to
    /// finish.
    /// </summary>
    public static void UseStreamEnds(this WebApplication app)
    {
        var time = app.Services.GetRequiredService<TimeProvider>();
        app.Use((context, next) => RunAsync(app, time, context, next));
    }

    private static async Task RunAsync(WebApplication app, TimeProvider time, HttpContext context, RequestDelegate next)
    {
        var method = context.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method;
        // Health ends its own streams, with a last answer: not serving.
        if (method?.Type is not (MethodType.ServerStreaming or MethodType.DuplexStreaming) || method.ServiceName == Health.Descriptor.FullName)
        {
            await next(context);
            return;
        }

        using var token = new CancellationTokenSource(OpenStream.TimeLeft(context.User, time.GetUtcNow()), time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, app.Lifetime.ApplicationStopping, token.Token);
        context.Items[typeof(OpenStream)] = token.Token;
        context.RequestAborted = stop.Token;
        await next(context);
    }
}

/// <summary>An answer that goes on until the caller has enough, and no longer than the caller's token.</summary>
public static class OpenStream
{
    /// <summary>Timers take no more than 49 days; no stream stays for so long.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(45);

    /// <summary>Whether the stream of this call was ended because the token of its caller did.</summary>
    public static bool TokenEnded(HttpContext context) => context.Items[typeof(OpenStream)] is CancellationToken { IsCancellationRequested: true };

    /// <summary>How long the token of a caller is still taken; without end when there is none.</summary>
    internal static TimeSpan TimeLeft(ClaimsPrincipal caller, DateTimeOffset now)
    {
        // Who calls without a token is refused by the method, in its own words.
        if (!long.TryParse(caller.FindFirst(TokenClaims.TakenUntil)?.Value, CultureInfo.InvariantCulture, out var until)) return Timeout.InfiniteTimeSpan;
        var left = until - now.ToUnixTimeSeconds();
        return left > Longest.TotalSeconds ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(Math.Max(0, left));
    }
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
