using Grpc.AspNetCore.Server;
using Jiceng.Gateway.Documents;
using Jiceng.Gateway.Errors;
using Jiceng.Gateway.Limits;
using Jiceng.Gateway.Protocols;
using Jiceng.Gateway.Revocation;
using Jiceng.Gateway.Routing;
using Jiceng.Gateway.Shared;
using Jiceng.Gateway.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace Jiceng.Gateway;

/// <summary>The way in: who calls, how much, where to.</summary>
internal static class GatewayModule
{
    public static void AddGateway(this WebApplicationBuilder builder) => builder.AddGateway(new ContractMethods());

    public static void AddGateway(this WebApplicationBuilder builder, ContractMethods methods)
    {
        var services = builder.Services;
        services.AddOptions<GatewayLimits>().BindConfiguration("Limits").ValidateOnStart();
        services.AddSingleton<IValidateOptions<GatewayLimits>, GatewayLimitsCheck>();
        services.AddSingleton<IValidateOptions<GatewayLimits>, RoutesChecked>();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<GatewayLimits>>().Value);

        // Else gRPC would answer for every service that it does not know, and the gate could not say which it means.
        services.Configure<GrpcServiceOptions>(options => options.IgnoreUnknownServices = true);

        services.AddSingleton(methods);
        services.AddSingleton<ForwardedServices>();
        services.AddSingleton<OverloadLog>();
        services.AddSingleton<Circuits>();
        foreach (var service in methods.Services) services.AddSingleton(service);

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
            .ConfigureHttpClient((_, handler) => Forwarder.KeepAlive(handler))
            .AddTransforms(Forwarder.Transform)
            .AddReplicas();
    }

    public static void MapGateway(this WebApplication app)
    {
        // Else the proxy, which reads its routes when it is mapped, would report what is wrong with them in its own words.
        app.Services.GetRequiredService<GatewayLimits>();
        app.UseMiddleware<SecurityHeadersMiddleware>();
        app.UseCors();
        app.UseMiddleware<ProtocolTranslationMiddleware>();
        app.UseMiddleware<AccessLogMiddleware>();
        app.UseMiddleware<ErrorMiddleware>();
        app.UseMiddleware<SingleServiceMiddleware>();
        app.UseRouting();
        app.UseMiddleware<ContractGateMiddleware>();
        app.UseAuthentication();
        app.UseMiddleware<CallLimitMiddleware>();
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
