using Jiceng.Gateway.Documents;
using Jiceng.Gateway.Errors;
using Jiceng.Gateway.Protocols;

namespace Jiceng.Gateway.Web;

/// <summary>
/// What browsers are told about every answer but those to plain gRPC, which browsers do not speak: not to guess types, not to tell others
/// where they come from, to load nothing and show the answer in no frame. The page that shows the methods may load what is its own.
/// </summary>
internal sealed class SecurityHeadersMiddleware(RequestDelegate next)
{
    private const string Policy = "default-src 'none'; frame-ancestors 'none'";
    private const string TransportSecurity = "max-age=31536000; includeSubDomains";

    public Task InvokeAsync(HttpContext context)
    {
        if (!context.Request.IsGrpc())
        {
            var headers = context.Response.Headers;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            headers.ContentSecurityPolicy = context.Request.Path.StartsWithSegments(DocumentEndpoints.PagePath) ? DocumentEndpoints.PagePolicy : Policy;
            // A browser would keep it for every other program on the developer's machine.
            if (context.Request.IsHttps && context.Request.Host.Host != "localhost") headers.StrictTransportSecurity = TransportSecurity;
        }

        return next(context);
    }
}
