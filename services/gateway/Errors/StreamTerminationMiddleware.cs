using Jiceng.Gateway.Protocols;
using Jiceng.Gateway.Revocation;
using Jiceng.Gateway.Routing;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Model;

namespace Jiceng.Gateway.Errors;

/// <summary>
/// When a service goes away in the middle of its answer, the proxy resets the stream, which clients report as a cancellation or a fault.
/// Here the answer ends by UNAVAILABLE instead, so that they try again. An answer that goes on until the caller has enough ends so too
/// when the gateway stops, which it would else hold up, and by UNAUTHENTICATED when the token of the caller is revoked.
/// </summary>
internal sealed class StreamTerminationMiddleware(RequestDelegate next, ContractMethods methods, OpenStreams streams, IHostApplicationLifetime lifetime)
{
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    public static string ServiceOf(HttpContext context) => context.Features.Get<IReverseProxyFeature>()?.Cluster.Config.ClusterId ?? "unknown";

    public async Task InvokeAsync(HttpContext context)
    {
        if (!context.IsForwarded())
        {
            await next(context);
            return;
        }

        var clientGone = context.RequestAborted;
        var said = context.Features.Get<IHttpResetFeature>() is { } feature ? new SaidReset(context, feature, clientGone) : null;
        if (said is not null) context.Features.Set<IHttpResetFeature>(said);
        if (methods.Find(context.Request.MethodName()) is not { IsServerStreaming: true })
        {
            await next(context);
            return;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(clientGone, lifetime.ApplicationStopping);
        using var stream = streams.Add(context.User, stop.Token);
        if (said is not null) said.Stream = stream;
        context.RequestAborted = stream.Token;
        await next(context);
        context.RequestAborted = clientGone;
        if (stream.Why is { } why) await context.WriteErrorAsync(why);
        else if (!context.Response.HasStarted && lifetime.ApplicationStopping.IsCancellationRequested)
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
    }

    private sealed class SaidReset(HttpContext context, IHttpResetFeature proxied, CancellationToken clientGone) : IHttpResetFeature
    {
        public OpenStream? Stream { get; set; }

        public void Reset(int errorCode)
        {
            if (clientGone.IsCancellationRequested || !context.Response.SupportsTrailers()) proxied.Reset(errorCode);
            else context.AppendErrorTrailers(Stream?.Why ?? GatewayErrors.ServiceUnavailable.With(("service", ServiceOf(context))).Retry(RetryAfter));
        }
    }
}
