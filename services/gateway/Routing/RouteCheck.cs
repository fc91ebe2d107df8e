using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Configuration;

namespace Jiceng.Gateway.Routing;

/// <summary>Checks at start that every route leads to a cluster and every cluster to an address; YARP itself would only log.</summary>
internal static class RouteCheck
{
    public static IReadOnlyList<string> Problems(IProxyConfig config)
    {
        var clusters = config.Clusters.ToDictionary(cluster => cluster.ClusterId, StringComparer.OrdinalIgnoreCase);
        List<string> problems = [];
        if (config.Routes.Count == 0) problems.Add("ReverseProxy:Routes is empty; gateway.settings.json beside the program holds the routes");
        foreach (var route in config.Routes)
        {
            if (route.ClusterId is null || !clusters.ContainsKey(route.ClusterId))
                problems.Add($"ReverseProxy:Routes:{route.RouteId}:ClusterId is '{route.ClusterId}', which is no cluster; there are {string.Join(", ", clusters.Keys.Order(StringComparer.Ordinal))}");
        }

        foreach (var cluster in clusters.Values)
        {
            if (cluster.Destinations is not { Count: > 0 } destinations)
                problems.Add($"ReverseProxy:Clusters:{cluster.ClusterId} has no destination");
            else
                problems.AddRange(destinations
                    .Where(d => !Uri.TryCreate(d.Value.Address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
                    .Select(d => $"ReverseProxy:Clusters:{cluster.ClusterId}:Destinations:{d.Key}:Address is '{d.Value.Address}'; it has to be http://<host>:<port>"));
        }

        return problems;
    }
}

/// <summary>Makes <see cref="RouteCheck"/> part of the checks of options at start.</summary>
internal sealed class RoutesChecked(IProxyConfigProvider provider) : IValidateOptions<GatewayLimits>
{
    public ValidateOptionsResult Validate(string? name, GatewayLimits options)
    {
        var problems = RouteCheck.Problems(provider.GetConfig());
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}

/// <summary>The services that calls can be forwarded to.</summary>
internal sealed class ForwardedServices(IProxyConfigProvider provider)
{
    public string Names => string.Join(", ", provider.GetConfig().Clusters.Select(cluster => cluster.ClusterId).Order(StringComparer.Ordinal));
}
