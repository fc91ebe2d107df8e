using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Jiceng.Hosting;

/// <summary>
/// Names the span of each request served and adds how it ended, as OpenTelemetry's conventions for HTTP and RPC ask; ASP.NET Core itself
/// leaves that to a package. Outermost, so that it also sees what other middleware answered.
/// </summary>
internal sealed class ServerSpans : IStartupFilter
{
    /// <summary>Status codes that say that the server failed, not the caller.</summary>
    private static readonly int[] ServerFaults = [2, 4, 12, 13, 14, 15];

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(async (context, following) =>
        {
            if (context.Features.Get<IHttpActivityFeature>()?.Activity is { } probe && Probes.Are(context.Request.Path)) Probes.Forget(probe);
            try
            {
                await following(context);
            }
            finally
            {
                if (context.Features.Get<IHttpActivityFeature>()?.Activity is { IsAllDataRequested: true } span) Describe(span, context);
            }
        });
        next(app);
    };

    private static void Describe(Activity span, HttpContext context)
    {
        var request = context.Request;
        if (context.GetEndpoint() is not RouteEndpoint { RoutePattern.RawText: { } route })
        {
            // Anybody can make up paths: only those that lead somewhere become names.
            span.DisplayName = request.Method;
            route = null;
        }
        else
        {
            span.DisplayName = $"{request.Method} {route}";
            span.SetTag("http.route", route);
        }

        span.SetTag("http.response.status_code", context.Response.StatusCode);
        if (request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true) DescribeGrpc(span, context, route is not null);
        else if (context.Response.StatusCode >= StatusCodes.Status500InternalServerError) span.SetStatus(ActivityStatusCode.Error);
    }

    private static void DescribeGrpc(Activity span, HttpContext context, bool routed)
    {
        span.SetTag("rpc.system", "grpc");
        if (routed && RpcName.Of(context.Request.Path.Value ?? "") is { } name) name.Give(span);
        if (!int.TryParse(StatusOf(context.Response), NumberStyles.None, CultureInfo.InvariantCulture, out var code)) return;
        span.SetTag("rpc.grpc.status_code", code);
        if (ServerFaults.Contains(code)) span.SetStatus(ActivityStatusCode.Error);
    }

    private static string? StatusOf(HttpResponse response)
    {
        var trailers = response.HttpContext.Features.Get<IHttpResponseTrailersFeature>()?.Trailers;
        return trailers?.TryGetValue("grpc-status", out var trailing) == true ? trailing : response.Headers["grpc-status"];
    }
}
