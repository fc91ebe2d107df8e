using Jiceng.Gateway.Errors;

namespace Jiceng.Gateway.Routing;

/// <summary>Refuses a call that names several services: it matches several routes, which the router treats as a configuration error.</summary>
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
