using System.Globalization;
using System.Security.Claims;
using Jiceng.Domain;
using Jiceng.Gateway.Errors;
using Jiceng.Gateway.Protocols;
using Jiceng.Gateway.Routing;
using Jiceng.Hosting;

namespace Jiceng.Gateway;

/// <summary>
/// One line per call: method, caller, status, duration, and the places in the caller's scope. Never the content: the place
/// that is asked about stands in the message, which the gateway does not read; the service's audit has it under the same trace id. Calls that
/// are refused because there are too many are counted instead, since their lines would be a load themselves.
/// </summary>
internal sealed partial class AccessLogMiddleware(RequestDelegate next, TimeProvider time, OverloadLog overload, ILogger<AccessLogMiddleware> logger)
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
            if (context.Items[typeof(ApiException)] is ApiException refusal && refusal.Reason == GatewayErrors.Overloaded)
                overload.Count();
            else if (context.GetEndpoint() is null || context.IsForwarded())
                Log(context, (long)time.GetElapsedTime(started).TotalMilliseconds);
        }
    }

    private void Log(HttpContext context, long milliseconds)
    {
        if (!logger.IsEnabled(LogLevel.Information)) return;
        var caller = context.User;
        LogCall(
            logger, context.Request.MethodName(), caller.FindFirst("sub")?.Value ?? "-", StatusOf(context), milliseconds, ScopeOf(caller),
            caller.FindFirst(TokenClaims.Client)?.Value ?? "-", context.CallerProtocol());
    }

    /// <summary>The first place and how many more, so that the scope of a system with a thousand villages does not fill the log.</summary>
    private static string ScopeOf(ClaimsPrincipal caller)
    {
        string? first = null;
        var more = 0;
        foreach (var claim in caller.Claims)
        {
            if (claim.Type != "places") continue;
            if (first is null) first = claim.Value;
            else more++;
        }

        return more == 0 ? first ?? "-" : string.Create(CultureInfo.InvariantCulture, $"{first} and {more} more");
    }

    private static string StatusOf(HttpContext context)
    {
        if (context.Items[typeof(ApiException)] is ApiException refusal) return refusal.Reason.Reason;
        if (context.RequestAborted.IsCancellationRequested) return "cancelled";
        if (!context.Request.IsGrpc()) return context.Response.StatusCode.ToString(CultureInfo.InvariantCulture);
        var trailers = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpResponseTrailersFeature>()?.Trailers;
        if (trailers?.TryGetValue("grpc-status", out var trailing) == true) return $"grpc {trailing}";
        return context.Response.Headers.TryGetValue("grpc-status", out var leading) ? $"grpc {leading}" : "broken off";
    }

    [LoggerMessage(LogLevel.Information, "{Method} by {Caller}: {Status} in {Milliseconds} ms, scope {Scope}, client {Client}, {Protocol}", EventName = "call")]
    private static partial void LogCall(ILogger logger, string method, string caller, string status, long milliseconds, string scope, string client, string protocol);
}
