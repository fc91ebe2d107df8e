using System.Globalization;
using System.Net.Sockets;
using Jiceng.Cli.Processes;

namespace Jiceng.Cli.Servers;

/// <summary>The private Redis. All its data can be rebuilt, so it writes nothing to disk.</summary>
internal static class RedisServer
{
    public static ChildSpec Spec(Workspace workspace, int port)
    {
        var folder = Directory.CreateDirectory(Path.Combine(workspace.Data, "redis")).FullName;
        var program = ServerPrograms.Redis ?? throw new InvalidOperationException("redis-server was found earlier");
        return new ChildSpec("redis",
            [program, "--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder],
            folder, new Dictionary<string, string>())
        { StopLast = true };
    }

    public static async Task<bool> AnswersAsync(string address, CancellationToken cancellationToken)
    {
        var (host, port) = Address(address);
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(host, port, cancellationToken);
            var stream = client.GetStream();
            await stream.WriteAsync("PING\r\n"u8.ToArray(), cancellationToken);
            // +PONG, or -NOAUTH when a password is required: Redis is up in both cases.
            return await stream.ReadAsync(new byte[16].AsMemory(), cancellationToken) > 0;
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }

    private static (string Host, int Port) Address(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0 && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? (text[..colon], port)
            : throw new CliException($"JICENG_REDIS is \"{text}\"; expected host:port, for example 127.0.0.1:6379.", Exit.Usage);
    }
}
