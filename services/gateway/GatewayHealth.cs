using Jiceng.Gateway.Revocation;
using Jiceng.Gateway.Routing;
using Jiceng.Gateway.Shared;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy;

namespace Jiceng.Gateway;

/// <summary>
/// The response of <c>/readyz</c>. The gateway stays ready without Redis and without a service: callers of the others would gain nothing from a gateway
/// that is taken out, so these are named and no more. It is not ready when it refuses every call.
/// </summary>
internal sealed class GatewayHealth(GatewayRedis redis, RevocationList revoked, IOptions<RevocationSettings> settings, IProxyStateLookup proxy)
{
    public HealthCheckResult Redis() => redis.Configured && redis.IsUnavailable ? HealthCheckResult.Degraded() : HealthCheckResult.Healthy();

    public HealthCheckResult Revocations() => revoked.Unknown switch
    {
        false => HealthCheckResult.Healthy(),
        _ when settings.Value.WhenUnknown == WhenUnknown.RefuseAll => HealthCheckResult.Unhealthy(),
        _ => HealthCheckResult.Degraded(),
    };

    public HealthCheckResult Service(string cluster) =>
        proxy.TryGetCluster(cluster, out var state) && UpstreamGuardMiddleware.AllUnhealthy(state) ? HealthCheckResult.Degraded() : HealthCheckResult.Healthy();
}

internal static class GatewayHealthSetup
{
    public static void AddGatewayHealth(this IServiceCollection services)
    {
        services.AddSingleton<GatewayHealth>();
        services.AddHealthChecks();
        services.AddOptions<HealthCheckServiceOptions>().Configure<ForwardedServices>((options, forwarded) =>
        {
            Add(options, "redis", health => health.Redis());
            Add(options, "revocations", health => health.Revocations());
            foreach (var service in forwarded.All) Add(options, service, health => health.Service(service));
        });
    }

    private static void Add(HealthCheckServiceOptions options, string name, Func<GatewayHealth, HealthCheckResult> check) =>
        options.Registrations.Add(new HealthCheckRegistration(name, provider => new Check(() => check(provider.GetRequiredService<GatewayHealth>())), null, null));

    private sealed class Check(Func<HealthCheckResult> check) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(check());
    }
}
