using System.Net;
using Microsoft.AspNetCore.Http.Features;

namespace Jiceng.Sidecar.Api;

/// <summary>Normalizes paths like daprd's router: repeated and trailing slashes are ignored, and + is a space.</summary>
internal static class ApiPath
{
    public static Task Clean(HttpContext context, Func<Task> next)
    {
        if (context.Features.Get<IHttpRequestFeature>()?.RawTarget is { } target && target.StartsWith('/'))
        {
            var path = target.Split('?')[0];
            var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(WebUtility.UrlDecode);
            context.Request.Path = "/" + string.Join('/', parts);
        }

        return next();
    }
}
