namespace Jiceng.Sidecar.Api;

internal static class HealthApi
{
    public static void Map(WebApplication app, AppSidecar sidecar)
    {
        app.MapGet("/v1.0/healthz", context => AnswerAsync(context, sidecar.Ready, "ERR_HEALTH_NOT_READY", "dapr is not ready: [app]"));
        app.MapGet("/v1.0/healthz/outbound", context =>
            AnswerAsync(context, sidecar.OutboundReady, "ERR_OUTBOUND_HEALTH_NOT_READY", "dapr outbound is not ready"));
        app.MapPost("/v1.0/shutdown", context =>
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            var force = context.Request.Headers["dapr-force-shutdown"].ToString().Equals("true", StringComparison.OrdinalIgnoreCase);
            context.Response.OnCompleted(() =>
            {
                sidecar.RequestStop(force);
                return Task.CompletedTask;
            });
            return Task.CompletedTask;
        });
    }

    private static Task AnswerAsync(HttpContext context, bool ready, string code, string message)
    {
        if (!ready) return ApiErrors.WriteAsync(context, StatusCodes.Status500InternalServerError, ApiErrors.Body(code, message));
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }
}
