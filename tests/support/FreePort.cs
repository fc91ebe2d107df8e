using System.Net;
using System.Net.Sockets;

namespace Jiceng.TestSupport;

public static class FreePort
{
    // Below the range from which the system takes the ports of outgoing connections: one of those would be lost again
    // before the server under test gets to it. Each process begins elsewhere and never gives a port twice in a row.
    private const int First = 10_000;
    private const int Count = 22_000;

    private static int last = Environment.ProcessId * 101;

    /// <summary>A TCP port of the loopback address that nothing listened on a moment ago.</summary>
    public static int Take()
    {
        while (true)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref last) % Count);
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
