using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Model;

namespace Jiceng.Gateway.Errors;

/// <summary>
/// When a service goes away in the middle of its answer, the proxy resets the stream, which clients report as a cancellation or a fault.
/// Here the answer ends by UNAVAILABLE instead, so that they try again.
/// </summary>
internal sealed class BrokenStream(HttpContext context, IHttpResetFeature proxied) : IHttpResetFeature
{
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    public static void Watch(HttpContext context)
    {
        if (context.Features.Get<IHttpResetFeature>() is { } feature) context.Features.Set<IHttpResetFeature>(new BrokenStream(context, feature));
    }

    public void Reset(int errorCode)
    {
        if (context.RequestAborted.IsCancellationRequested || !context.Response.SupportsTrailers()) proxied.Reset(errorCode);
        else context.BreakOff(GatewayErrors.ServiceUnavailable.With(("service", ServiceOf(context))).Retry(RetryAfter));
    }

    public static string ServiceOf(HttpContext context) => context.Features.Get<IReverseProxyFeature>()?.Cluster.Config.ClusterId ?? "unknown";
}
