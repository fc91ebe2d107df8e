using System.Globalization;
using Jiceng.Domain;
using Jiceng.Gateway.Errors;
using Jiceng.Gateway.Routing;

namespace Jiceng.Gateway;

/// <summary>
/// One line per call: what, by whom, how it ended, how long it took. Never what was in it. Calls that are refused because there are too many are
/// counted instead, since their lines would be a load themselves.
/// </summary>
internal sealed partial class AccessLog(RequestDelegate next, TimeProvider time, OverloadLog overload, ILogger<AccessLog> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var started = time.GetTimestamp();
        try
        {
            await next(context);
        }
        finally
        {
            if (context.Items[typeof(RefusedException)] is RefusedException refusal && refusal.Reason == GatewayErrors.Overloaded)
                overload.Count();
            else if (context.GetEndpoint() is null || context.IsForwarded())
                LogCall(logger, context.Request.Method(), context.User.FindFirst("sub")?.Value ?? "-", StatusOf(context), (long)time.GetElapsedTime(started).TotalMilliseconds);
        }
    }

    private static string StatusOf(HttpContext context)
    {
        if (context.Items[typeof(RefusedException)] is RefusedException refusal) return refusal.Reason.Reason;
        if (context.RequestAborted.IsCancellationRequested) return "cancelled";
        if (!context.Request.IsGrpc()) return context.Response.StatusCode.ToString(CultureInfo.InvariantCulture);
        var trailers = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpResponseTrailersFeature>()?.Trailers;
        if (trailers?.TryGetValue("grpc-status", out var trailing) == true) return $"grpc {trailing}";
        return context.Response.Headers.TryGetValue("grpc-status", out var leading) ? $"grpc {leading}" : "broken off";
    }

    [LoggerMessage(LogLevel.Information, "{Method} by {Caller}: {Status} in {Milliseconds} ms", EventName = "call")]
    private static partial void LogCall(ILogger logger, string method, string caller, string status, long milliseconds);
}
