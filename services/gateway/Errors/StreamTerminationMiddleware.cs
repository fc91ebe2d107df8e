using Jiceng.Gateway.Protocols;
using Jiceng.Gateway.Revocation;
using Jiceng.Gateway.Routing;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Model;

namespace Jiceng.Gateway.Errors;

/// <summary>
/// Ends a response that breaks off with a status. When a service goes away in the middle of its response, the proxy resets the stream, which
/// clients report as a cancellation or a fault; here it ends with UNAVAILABLE, so that they retry. A server stream also ends so when the gateway
/// stops, and with UNAUTHENTICATED when the caller's token is revoked.
/// </summary>
internal sealed class StreamTerminationMiddleware(RequestDelegate next, OpenStreams streams, IHostApplicationLifetime lifetime)
{
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    public static string ServiceOf(HttpContext context) => context.Features.Get<IReverseProxyFeature>()?.Cluster.Config.ClusterId ?? "unknown";

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<ContractMethod>() is not { } method)
        {
            await next(context);
            return;
        }

        var clientGone = context.RequestAborted;
        var reset = context.Features.Get<IHttpResetFeature>() is { } feature ? new ErrorTrailersOnReset(context, feature, clientGone) : null;
        if (reset is not null) context.Features.Set<IHttpResetFeature>(reset);
        if (!method.Descriptor.IsServerStreaming)
        {
            await next(context);
            return;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(clientGone, lifetime.ApplicationStopping);
        using var stream = streams.Add(context.User, stop.Token);
        if (reset is not null) reset.Stream = stream;
        context.RequestAborted = stream.Token;
        await next(context);
        context.RequestAborted = clientGone;
        if (stream.Why is { } why) await context.WriteErrorAsync(why);
        else if (!context.Response.HasStarted && lifetime.ApplicationStopping.IsCancellationRequested)
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
    }

    private sealed class ErrorTrailersOnReset(HttpContext context, IHttpResetFeature inner, CancellationToken clientGone) : IHttpResetFeature
    {
        public OpenStream? Stream { get; set; }

        public void Reset(int errorCode)
        {
            if (clientGone.IsCancellationRequested || !context.Response.SupportsTrailers()) inner.Reset(errorCode);
            else context.AppendErrorTrailers(Stream?.Why ?? GatewayErrors.ServiceUnavailable.With(("service", ServiceOf(context))).Retry(RetryAfter));
        }
    }
}
