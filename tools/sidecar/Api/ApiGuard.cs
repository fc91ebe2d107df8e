using System.Security.Cryptography;
using System.Text;
using Jiceng.Sidecar.Launch;

namespace Jiceng.Sidecar.Api;

/// <summary>Requires DAPR_API_TOKEN from callers, and limits the public port to health and metadata.</summary>
internal sealed class ApiGuard(SidecarSettings settings)
{
    private readonly byte[]? _token = settings.ApiToken is { } text ? Encoding.UTF8.GetBytes(text) : null;

    public async Task Invoke(HttpContext context, Func<Task> next)
    {
        var path = context.Request.Path.Value ?? "";
        var isHealth = HttpMethods.IsGet(context.Request.Method) && path is "/v1.0/healthz" or "/v1.0/healthz/outbound";
        if (!isHealth && !IsAllowed(context.Request.Headers["dapr-api-token"].ToString()))
        {
            await RefuseAsync(context);
        }
        else if (settings.PublicPort > 0 && context.Connection.LocalPort == settings.PublicPort && !isHealth && path != "/v1.0/metadata")
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        }
        else
        {
            await next();
        }
    }

    private bool IsAllowed(string given) => _token is null || CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), _token);

    private static async Task RefuseAsync(HttpContext context)
    {
        if (context.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) == true)
        {
            context.Response.ContentType = "application/grpc";
            context.Response.Headers["grpc-status"] = "16";
            context.Response.Headers["grpc-message"] = "invalid api token";
            return;
        }

        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        await context.Response.WriteAsync("invalid api token");
    }
}
