using System.Net;
using System.Net.Sockets;
using Jiceng.Domain;
using Microsoft.Extensions.Options;

namespace Jiceng.Webhooks;

/// <summary>Resolves the addresses of a host; tests supply their own.</summary>
internal delegate Task<IPAddress[]> ResolveHost(string host, CancellationToken cancellationToken);

/// <summary>A host has, or may get, an address to which no caller may send this service.</summary>
internal sealed class AddressRefusedException(string problem) : IOException(problem);

/// <summary>
/// Keeps webhooks from the networks that only machines of the county reach: an address is called only when it is public, or lies in
/// <c>Webhooks:AllowedNetworks</c>. The connection goes to the very address that was checked, so that a name that changes in between is no
/// way around.
/// </summary>
internal sealed class AddressGuard(IOptions<WebhookSettings> settings, ResolveHost resolve)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // What IANA lists as not globally reachable.
    private static readonly IPNetwork[] NotPublicV4 = Parse(
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
        "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24",
        "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4");

    // Of IPv6 only this is given out to hosts, without the parts of it that are for protocols, documentation, or hold an IPv4 address.
    private static readonly IPNetwork PublicV6 = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork[] NotPublicV6 = Parse("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20");

    // Networks without IPv4 reach it by these addresses, whose last 32 bits are the IPv4 address.
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");

    private readonly IReadOnlyList<IPNetwork> _allowed = settings.Value.Networks;

    /// <summary>Whether the address may be called.</summary>
    public bool Allows(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return _allowed.Any(network => network.Contains(plain)) || IsPublic(plain);
    }

    /// <summary>The addresses of a host, all of which may be called.</summary>
    /// <exception cref="AddressRefusedException">One may not.</exception>
    /// <exception cref="SocketException">The host is not known.</exception>
    public async Task<IPAddress[]> FindAsync(string host, CancellationToken cancellationToken)
    {
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await resolve(host, cancellationToken);
        if (addresses.Length == 0) throw new SocketException((int)SocketError.HostNotFound);
        // One that may not be called among those that may is how a name is made to lead elsewhere.
        return addresses.All(Allows) ? addresses : throw new AddressRefusedException("the host has an address that is not public");
    }

    /// <summary>Refuses a host that cannot be called now. An unknown host gets the same error, so that callers cannot probe the names of a network.</summary>
    /// <exception cref="ApiException">WEBHOOK_ADDRESS_REFUSED.</exception>
    public async Task CheckAsync(Uri address, string field, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            await FindAsync(address.DnsSafeHost, limit.Token);
        }
        catch (Exception failure) when (failure is AddressRefusedException or SocketException or ArgumentException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw WebhookAddress.Refused(
                field, "its host has no public address; other networks can be allowed in Webhooks:AllowedNetworks", "主机没有公网地址，其他网络须由 Webhooks:AllowedNetworks 放行");
        }
    }

    /// <summary>Connects to a host by an address that may be called.</summary>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var addresses = await FindAsync(context.DnsEndPoint.Host, cancellationToken);
        for (var i = 0; ; i++)
        {
            var socket = new Socket(addresses[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(addresses[i], context.DnsEndPoint.Port), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (Exception failure)
            {
                socket.Dispose();
                if (failure is not SocketException || i == addresses.Length - 1) throw;
            }
        }
    }

    private static bool IsPublic(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork) return !NotPublicV4.Any(network => network.Contains(address));
        if (address.AddressFamily != AddressFamily.InterNetworkV6 || address.ScopeId != 0) return false;
        if (Nat64.Contains(address)) return IsPublic(new IPAddress(address.GetAddressBytes().AsSpan(12)));
        return PublicV6.Contains(address) && !NotPublicV6.Any(network => network.Contains(address));
    }

    private static IPNetwork[] Parse(params string[] networks) => [.. networks.Select(network => IPNetwork.Parse(network))];
}
