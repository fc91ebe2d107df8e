using System.Net;
using System.Net.Sockets;

namespace Jiceng.TestSupport;

public static class FreePort
{
    /// <summary>A TCP port of the loopback address that nothing listened on a moment ago.</summary>
    public static int Take()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
