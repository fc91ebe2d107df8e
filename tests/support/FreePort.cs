using System.Net;
using System.Net.Sockets;

namespace Jiceng.TestSupport;

public static class FreePort
{
    private static readonly Lazy<PortBlock> Block = new(PortBlock.Claim);
    private static int last = -1;

    /// <summary>A TCP port of the loopback address that nothing listens on, and that no other test program takes; never the same twice in a row.</summary>
    public static int Take()
    {
        while (true)
        {
            var port = Block.Value.First + (int)((uint)Interlocked.Increment(ref last) % PortBlock.Usable);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken.
            }
        }
    }
}
