using Jiceng.Gateway.Documents;
using Jiceng.Gateway.Errors;
using Jiceng.Gateway.Protocols;

namespace Jiceng.Gateway.Web;

/// <summary>
/// Sets the security headers of every response except those to plain gRPC, which browsers do not speak: no type sniffing, no referrer, no
/// loading of anything, no frames. The page that shows the methods may load its own files.
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
