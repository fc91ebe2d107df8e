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
    private const string GrpcStatus = "rpc.grpc.status_code";

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
                var code = IsGrpc(context.Request) ? GrpcStatusOf(context.Response) : null;
                // The measured duration of a call has the HTTP status only, which is 200 for a gRPC call however it ended.
                if (code is not null) context.Features.Get<IHttpMetricsTagsFeature>()?.Tags.Add(new(GrpcStatus, code));
                if (context.Features.Get<IHttpActivityFeature>()?.Activity is { IsAllDataRequested: true } span) Describe(span, context, code);
            }
        });
        next(app);
    };

    private static void Describe(Activity span, HttpContext context, int? code)
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
        if (IsGrpc(request)) DescribeGrpc(span, context, route is not null, code);
        else if (context.Response.StatusCode >= StatusCodes.Status500InternalServerError) span.SetStatus(ActivityStatusCode.Error);
    }

    private static void DescribeGrpc(Activity span, HttpContext context, bool routed, int? code)
    {
        span.SetTag("rpc.system", "grpc");
        if (routed && RpcName.Of(context.Request.Path.Value ?? "") is { } name) name.Give(span);
        if (code is not { } known) return;
        span.SetTag(GrpcStatus, known);
        if (ServerFaults.Contains(known)) span.SetStatus(ActivityStatusCode.Error);
    }

    private static bool IsGrpc(HttpRequest request) => request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;

    private static int? GrpcStatusOf(HttpResponse response)
    {
        var trailers = response.HttpContext.Features.Get<IHttpResponseTrailersFeature>()?.Trailers;
        var status = trailers?.TryGetValue("grpc-status", out var trailing) == true ? trailing : response.Headers["grpc-status"];
        return int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? code : null;
    }
}
