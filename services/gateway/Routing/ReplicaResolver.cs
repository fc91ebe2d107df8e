using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.ServiceDiscovery;

namespace Jiceng.Gateway.Routing;

/// <summary>The section <c>Replicas</c>.</summary>
internal sealed class ReplicaSettings
{
    /// <summary>How often the names of services are looked up again.</summary>
    public TimeSpan Period { get; set; } = TimeSpan.FromSeconds(5);
}

internal sealed class ReplicaSettingsValidator : IValidateOptions<ReplicaSettings>
{
    public ValidateOptionsResult Validate(string? name, ReplicaSettings options) => options.Period >= TimeSpan.FromMilliseconds(100)
        ? ValidateOptionsResult.Success
        : ValidateOptionsResult.Fail($"Replicas:Period is {options.Period}; it has to be at least 00:00:00.100");
}

/// <summary>The addresses that a name has now.</summary>
internal delegate Task<IPAddress[]> HostLookup(string host, CancellationToken cancellationToken);

/// <summary>
/// Makes a destination of each address that the name in a destination has. One connection of HTTP/2 would carry all calls to one replica; so
/// each replica has its own, and calls are spread by the load balancing of the cluster. A name that cannot be looked up keeps the addresses
/// that it had: whether these answer is found out by the probes and by the calls.
/// </summary>
internal sealed partial class ReplicaResolver(
    HostLookup lookup, IOptions<ReplicaSettings> settings, TimeProvider time, ILogger<ReplicaResolver> logger) : IDestinationResolver
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private readonly ConcurrentDictionary<string, IPAddress[]> _known = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, bool> _lost = new(StringComparer.OrdinalIgnoreCase);

    public async ValueTask<ResolvedDestinationCollection> ResolveDestinationsAsync(
        IReadOnlyDictionary<string, DestinationConfig> destinations, CancellationToken cancellationToken)
    {
        var resolved = new Dictionary<string, DestinationConfig>(StringComparer.OrdinalIgnoreCase);
        var changes = false;
        foreach (var (id, destination) in destinations)
        {
            // localhost has two addresses, and is one replica.
            if (!Uri.TryCreate(destination.Address, UriKind.Absolute, out var address) || address.HostNameType != UriHostNameType.Dns || address.IsLoopback)
            {
                resolved[id] = destination;
                continue;
            }

            changes = true;
            var addresses = await AddressesAsync(address.IdnHost, cancellationToken);
            // Without an address the name stays: calls fail with its name in the log.
            if (addresses.Length == 0) resolved[id] = destination;
            foreach (var replica in addresses)
                resolved[string.Create(CultureInfo.InvariantCulture, $"{id}[{replica}]")] = destination with
                {
                    Address = new UriBuilder(address) { Host = replica.ToString() }.Uri.ToString(),
                    Host = destination.Host ?? address.Authority,
                };
        }

        return new ResolvedDestinationCollection(resolved, changes ? Later() : null);
    }

    private async Task<IPAddress[]> AddressesAsync(string host, CancellationToken cancellationToken)
    {
        try
        {
            var found = await lookup(host, cancellationToken).WaitAsync(Patience, time, cancellationToken);
            if (found.Length > 0) return Keep(host, [.. found.OrderBy(address => address.ToString(), StringComparer.Ordinal)]);
        }
        catch (Exception failure) when (failure is SocketException or TimeoutException)
        {
            if (_lost.TryAdd(host, true)) LogNotFound(logger, host, failure.Message);
        }

        return _known.GetValueOrDefault(host, []);
    }

    private IPAddress[] Keep(string host, IPAddress[] addresses)
    {
        if (_lost.TryRemove(host, out _) || !_known.TryGetValue(host, out var before) || !before.SequenceEqual(addresses)) LogReplicas(logger, host, addresses.Length, string.Join<IPAddress>(", ", addresses));
        return _known[host] = addresses;
    }

    /// <summary>The proxy asks again when this says so.</summary>
    private CancellationChangeToken Later() => new(new CancellationTokenSource(settings.Value.Period, time).Token);

    [LoggerMessage(LogLevel.Information, "{Host} has {Count} replicas: {Addresses}")]
    private static partial void LogReplicas(ILogger logger, string host, int count, string addresses);

    [LoggerMessage(LogLevel.Warning, "{Host} could not be looked up ({Problem}); the addresses known are used")]
    private static partial void LogNotFound(ILogger logger, string host, string problem);
}

internal static class ReplicaSetup
{
    public static void AddReplicas(this IReverseProxyBuilder proxy)
    {
        proxy.Services.AddOptions<ReplicaSettings>().BindConfiguration("Replicas").ValidateOnStart();
        proxy.Services.AddSingleton<IValidateOptions<ReplicaSettings>, ReplicaSettingsValidator>();
        proxy.Services.AddSingleton<HostLookup>(Dns.GetHostAddressesAsync);
        proxy.Services.AddSingleton<IDestinationResolver, ReplicaResolver>();
    }
}
