using System.Net;
using System.Net.Sockets;

namespace Jiceng.TestSupport;

public static class FreePort
{
    private static readonly Lazy<PortBlock> Block = new(PortBlock.Claim);
    private static int _last = -1;

    /// <summary>
    /// Returns a free TCP port of the loopback address that no other test program uses; never the same one twice in a row.
    /// </summary>
    public static int Take()
    {
        while (true)
        {
            var port = Block.Value.First + (int)((uint)Interlocked.Increment(ref _last) % PortBlock.Usable);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // In use.
            }
        }
    }
}
