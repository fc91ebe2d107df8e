using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Jiceng.Sidecar.Publishing;

namespace Jiceng.Sidecar.Api;

/// <summary>Error bodies.</summary>
internal static class ApiErrors
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static async Task Write(HttpContext context, Func<Task> next)
    {
        try
        {
            await next();
        }
        catch (ApiError e)
        {
            await WriteAsync(context, e.HttpStatus, e.ToJson());
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller has disconnected.
        }
    }

    /// <summary>daprd's response to an unknown path: it treats the path as a service invocation without a target.</summary>
    public static Task NoSuchMethodAsync(HttpContext context) => WriteAsync(
        context,
        StatusCodes.Status404NotFound,
        Body("ERR_DIRECT_INVOKE", "no such API; this sidecar has publish, health, metadata and shutdown, but no service invocation"));

    public static JsonObject Body(string code, string message) => new() { ["errorCode"] = code, ["message"] = message };

    public static Task WriteAsync(HttpContext context, int status, JsonNode body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body.ToJsonString(Readable));
    }
}
