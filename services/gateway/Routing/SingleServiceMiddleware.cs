using Jiceng.Gateway.Errors;

namespace Jiceng.Gateway.Routing;

/// <summary>A call that names several services fits several routes, which the router takes for a fault of its settings.</summary>
internal sealed class SingleServiceMiddleware(RequestDelegate next, ForwardedServices services)
{
    private const string Header = "jiceng-service";

    public Task InvokeAsync(HttpContext context)
    {
        var named = context.Request.Headers[Header];
        return named.Count > 1 || named.ToString().Contains(',', StringComparison.Ordinal)
            ? context.WriteErrorAsync(GatewayErrors.ServiceNotNamed.With(("allowed", services.Names)))
            : next(context);
    }
}
