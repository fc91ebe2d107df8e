using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Jiceng.TestSupport;

/// <summary>
/// Ports with a single owner. Test programs run in parallel, and a port that was only probed can be taken before the server under test
/// binds it. A socket on the last port of the block is the claim; the operating system releases it with the process.
/// </summary>
public sealed class PortBlock : IDisposable
{
    /// <summary>Ports available to the owner, starting at <see cref="First"/>; ./jiceng up needs 444.</summary>
    public const int Usable = 499;

    // Below the range of ephemeral ports.
    private const int Lowest = 10_000;
    private const int Blocks = 45;
    private readonly TcpListener _claim;

    private PortBlock(int first, TcpListener claim) => (First, _claim) = (first, claim);

    public int First { get; }

    /// <summary>Claims a block without an owner or listeners.</summary>
    public static PortBlock Claim()
    {
        var busy = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(listener => listener.Port).ToHashSet();
        var start = Random.Shared.Next(Blocks);
        for (var i = 0; i < Blocks; i++)
        {
            var first = Lowest + ((start + i) % Blocks * (Usable + 1));
            var claim = new TcpListener(IPAddress.Loopback, first + Usable);
            try
            {
                claim.Start();
            }
            catch (SocketException)
            {
                claim.Dispose();
                continue;
            }

            if (!Enumerable.Range(first, Usable).Any(busy.Contains)) return new PortBlock(first, claim);
            claim.Dispose();
        }

        throw new InvalidOperationException($"All {Blocks} port blocks from {Lowest} are in use.");
    }

    public void Dispose() => _claim.Dispose();
}
