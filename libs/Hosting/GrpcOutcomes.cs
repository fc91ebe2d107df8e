using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Jiceng.Hosting;

/// <summary>
/// Adds the outcome of a gRPC call to its measured duration, which has only the HTTP status, 200 however the call ended, and to the spans
/// of forwarded calls in the form in which Grpc.AspNetCore leaves it for OpenTelemetry's package. Outermost, so that it also sees what other middleware answered.
/// </summary>
internal sealed class GrpcOutcomes : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(async (context, following) =>
        {
            try
            {
                await following(context);
            }
            finally
            {
                if (IsGrpc(context.Request)) Describe(context);
            }
        });
        next(app);
    };

    private static void Describe(HttpContext context)
    {
        var span = context.Features.Get<IHttpActivityFeature>()?.Activity is { IsAllDataRequested: true } activity ? activity : null;
        // Anybody can make up paths: only those that lead somewhere become names.
        if (context.GetEndpoint() is RouteEndpoint { RoutePattern.RawText: { } route } && !route.Contains("{unimplemented", StringComparison.Ordinal))
            span?.SetTag("grpc.method", context.Request.Path.Value);
        if (StatusOf(context.Response) is not { } code) return;
        span?.SetTag("grpc.status_code", code.ToString(CultureInfo.InvariantCulture));
        context.Features.Get<IHttpMetricsTagsFeature>()?.Tags.Add(new("rpc.grpc.status_code", code));
    }

    private static bool IsGrpc(HttpRequest request) => request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;

    private static int? StatusOf(HttpResponse response)
    {
        var trailers = response.HttpContext.Features.Get<IHttpResponseTrailersFeature>()?.Trailers;
        var status = trailers?.TryGetValue("grpc-status", out var trailing) == true ? trailing : response.Headers["grpc-status"];
        return int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? code : null;
    }
}
