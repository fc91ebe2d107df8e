using System.Globalization;
using Jiceng.Gateway.Errors;
using Jiceng.Gateway.Limits;
using Jiceng.Gateway.Protocols;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Jiceng.Gateway.Routing;

/// <summary>How calls are forwarded, beyond what the configuration of the proxy can express.</summary>
internal static class ForwarderSetup
{
    /// <summary>A dead service is noticed by pings, since a stream may be silent for hours.</summary>
    public static void KeepAlive(SocketsHttpHandler handler)
    {
        handler.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        handler.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
        handler.KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests;
        handler.ConnectTimeout = TimeSpan.FromSeconds(3);
    }

    public static void Transform(TransformBuilderContext builder)
    {
        var limits = builder.Services.GetRequiredService<GatewayLimits>();
        string[] deadlines = [.. Enum.GetValues<CallClass>().Select(kind => string.Create(CultureInfo.InvariantCulture, $"{(long)limits.DeadlineOf(kind).TotalMilliseconds}m"))];
        builder.AddRequestTransform(transform =>
        {
            if (transform.HttpContext.GetCallClass() is { } kind && !kind.IsLongLived() && !transform.ProxyRequest.Headers.Contains("grpc-timeout"))
                transform.ProxyRequest.Headers.Add("grpc-timeout", deadlines[(int)kind]);
            return ValueTask.CompletedTask;
        });
        builder.AddResponseTransform(async transform =>
        {
            if (transform.ProxyResponse is not { } answer) return;
            if (!answer.IsSuccessStatusCode)
            {
                // No gRPC answer: ErrorMiddleware writes one instead.
                transform.SuppressResponseBody = true;
                return;
            }

            var context = transform.HttpContext;

            // The proxy sends the headers with the first bytes of the body; a watcher waits for them from the start. An answer that is
            // nothing but a status has to stay in one piece.
            var streams = context.Features.Get<ContractMethod>() is { Descriptor.IsServerStreaming: true };
            if (streams && !answer.Headers.Contains("grpc-status")) await context.Response.Body.FlushAsync(context.RequestAborted);
        });
    }
}
