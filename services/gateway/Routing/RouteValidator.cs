using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Configuration;

namespace Jiceng.Gateway.Routing;

/// <summary>
/// Checks at start that every route leads to a cluster, every cluster to an address, and a route to every service of the contracts; YARP itself
/// would only log.
/// </summary>
internal static class RouteValidator
{
    public static IReadOnlyList<string> Problems(IProxyConfig config, ContractMethods methods)
    {
        var clusters = config.Clusters.ToDictionary(cluster => cluster.ClusterId, StringComparer.OrdinalIgnoreCase);
        List<string> problems = [];
        if (config.Routes.Count == 0) problems.Add("ReverseProxy:Routes is empty; gateway.settings.json next to the program contains the routes");
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

        if (config.Routes.Count > 0) problems.AddRange(Unserved(config, methods));
        return problems;
    }

    /// <summary>Services of the contracts that no route leads to, and routes that lead to none of them.</summary>
    private static IEnumerable<string> Unserved(IProxyConfig config, ContractMethods methods)
    {
        var names = methods.Services.Select(service => service.FullName).Where(name => name.StartsWith("jiceng.", StringComparison.Ordinal)).ToArray();
        // What stands before the first variable part of a path: /jiceng.grid.v1.
        var paths = config.Routes.Select(route => (route.RouteId, Fixed: (route.Match.Path ?? "").Split('{')[0])).ToArray();
        foreach (var (id, path) in paths)
            if (!names.Any(name => $"/{name}/".StartsWith(path, StringComparison.Ordinal)))
                yield return $"ReverseProxy:Routes:{id}:Match:Path begins with '{path}', and no service of the contracts does";
        foreach (var name in names)
            if (!paths.Any(route => $"/{name}/".StartsWith(route.Fixed, StringComparison.Ordinal)))
                yield return $"ReverseProxy:Routes has no route to {name}";
    }
}

/// <summary>Makes <see cref="RouteValidator"/> part of the checks of options at start.</summary>
internal sealed class RouteOptionsValidator(IProxyConfigProvider provider, ContractMethods methods) : IValidateOptions<GatewayLimits>
{
    public ValidateOptionsResult Validate(string? name, GatewayLimits options)
    {
        var problems = RouteValidator.Problems(provider.GetConfig(), methods);
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}

/// <summary>The services that calls can be forwarded to.</summary>
internal sealed class ForwardedServices(IProxyConfigProvider provider)
{
    public IEnumerable<string> All => provider.GetConfig().Clusters.Select(cluster => cluster.ClusterId).Order(StringComparer.Ordinal);

    public string Names => string.Join(", ", All);
}
