using Grpc.AspNetCore.Server;
using Jiceng.Gateway.Documents;
using Jiceng.Gateway.Errors;
using Jiceng.Gateway.Limits;
using Jiceng.Gateway.Protocols;
using Jiceng.Gateway.Revocation;
using Jiceng.Gateway.Routing;
using Jiceng.Gateway.Shared;
using Jiceng.Gateway.Web;
using Jiceng.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace Jiceng.Gateway;

/// <summary>Composes the gateway: authentication, limits, protocols and routes.</summary>
internal static class GatewayModule
{
    public static void AddGateway(this WebApplicationBuilder builder) => builder.AddGateway(new ContractMethods());

    public static void AddGateway(this WebApplicationBuilder builder, ContractMethods methods)
    {
        var services = builder.Services;
        services.AddOptions<GatewayLimits>().BindConfiguration("Limits").ValidateOnStart();
        services.AddSingleton<IValidateOptions<GatewayLimits>, GatewayLimitsValidator>();
        services.AddSingleton<IValidateOptions<GatewayLimits>, RouteOptionsValidator>();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<GatewayLimits>>().Value);

        // Otherwise gRPC answers for unknown services itself, before ContractGateMiddleware.
        services.Configure<GrpcServiceOptions>(options => options.IgnoreUnknownServices = true);

        services.AddSingleton(methods);
        services.AddSingleton<ForwardedServices>();
        services.AddSingleton<OverloadLog>();
        services.AddSingleton<Circuits>();
        services.AddForwardedContracts(methods.Services);

        services.AddSingleton<IAuthorizationMiddlewareResultHandler, TokenResultHandler>();
        services.AddSharedRedis();
        services.AddCallLimits();
        services.AddRevocation();
        services.AddBoundTokens();
        services.AddBrowserAccess();
        services.AddGatewayHealth();
        services.AddDocuments();
        services.AddReverseProxy()
            .LoadFromConfig(builder.Configuration.GetSection("ReverseProxy"))
            .ConfigureHttpClient((_, handler) => ForwarderSetup.KeepAlive(handler))
            .AddTransforms(ForwarderSetup.Transform)
            .AddReplicas();
    }

    public static void MapGateway(this WebApplication app)
    {
        // Validates the routes before the proxy reads them, which happens when it is mapped; its own errors are less clear.
        app.Services.GetRequiredService<GatewayLimits>();
        // The order, from the outside in:
        // - SecurityHeaders and CORS first: every response needs their headers, an error too, and a preflight request carries no token.
        // - ProtocolTranslation before all that looks at a call: behind it there is only gRPC, and each error goes back in the caller's protocol.
        // - AccessLog around Error, so that it logs the outcome that the caller gets; Error around everything that may throw or fail to forward.
        // - SingleService before routing, which treats a call to several services as a configuration error.
        // - ContractGate after routing, which health and documents need, and before the token: an unknown method is 404 or UNIMPLEMENTED for everybody.
        // - RateLimiter after authentication, since a limit belongs to the caller, and before authorization: wrong tokens count, by address.
        // - Revocation and BoundToken after authorization: they refuse tokens that are valid otherwise.
        // - UpstreamGuard before the sizes: its deadline includes reading the request, and an open circuit saves reading it.
        // - RequestSize and ResponseSize next to the proxy: they see only calls that will be forwarded.
        // - StreamTermination last: it replaces the reset feature that the proxy itself calls.
        app.UseMiddleware<SecurityHeadersMiddleware>();
        app.UseCors();
        app.UseMiddleware<ProtocolTranslationMiddleware>();
        app.UseMiddleware<AccessLogMiddleware>();
        app.UseMiddleware<ErrorMiddleware>();
        app.UseMiddleware<SingleServiceMiddleware>();
        app.UseRouting();
        app.UseMiddleware<ContractGateMiddleware>();
        app.UseAuthentication();
        app.UseRateLimiter();
        app.UseAuthorization();
        app.UseMiddleware<RevocationMiddleware>();
        app.UseMiddleware<BoundTokenMiddleware>();
        app.UseMiddleware<UpstreamGuardMiddleware>();
        app.UseMiddleware<RequestSizeMiddleware>();
        app.UseMiddleware<ResponseSizeMiddleware>();
        app.UseMiddleware<StreamTerminationMiddleware>();
        app.MapDocuments();
        app.MapReverseProxy().RequireAuthorization();
    }
}
