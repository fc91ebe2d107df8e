using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Jiceng.TestSupport;

/// <summary>
/// A private redis-server on a free port with its own temporary folder. Nothing is persisted: a restart starts empty, like a lost Redis.
/// </summary>
public sealed class RedisServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("jiceng-redis-");
    private Process? _process;

    private RedisServer(int port) => Port = port;

    public int Port { get; }

    /// <summary>host:port, the format of both StackExchange.Redis and a Dapr component's redisHost.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    public static async Task<RedisServer> StartAsync(CancellationToken cancellationToken = default)
    {
        // Another process may take the port before the server binds it.
        for (var attempt = 1; ; attempt++)
        {
            var server = new RedisServer(FreePort.Take());
            try
            {
                await server.RestartAsync(cancellationToken);
                return server;
            }
            catch (InvalidOperationException) when (attempt < 5)
            {
                await server.DisposeAsync();
            }
            catch
            {
                await server.DisposeAsync();
                throw;
            }
        }
    }

    /// <summary>Restarts the server, empty, on the same port after <see cref="StopAsync"/>.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken = default)
    {
        var start = new ProcessStartInfo(ProgramPath())
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder.FullName,
        };
        foreach (var argument in (string[])
                 ["--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", _folder.FullName])
            start.ArgumentList.Add(argument);

        _process = Process.Start(start) ?? throw new InvalidOperationException("redis-server could not be started");
        var output = new StringBuilder();
        _process.OutputDataReceived += (_, line) => { lock (output) output.AppendLine(line.Data); };
        _process.ErrorDataReceived += (_, line) => { lock (output) output.AppendLine(line.Data); };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();

        var started = Stopwatch.GetTimestamp();
        while (!await AnswersAsync(cancellationToken))
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(started) > Patience)
            {
                await StopAsync();
                lock (output) throw new InvalidOperationException($"redis-server on port {Port} did not start: {output}");
            }

            await Task.Delay(10, cancellationToken);
        }
    }

    /// <summary>Kills the server, like a crash.</summary>
    public async Task StopAsync()
    {
        if (_process is null) return;
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _folder.Delete(recursive: true);
    }

    private static string ProgramPath()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/bin");
        return folders.Select(f => Path.Combine(f, "redis-server")).FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException("redis-server is neither on PATH nor in /usr/bin; install it with: apt-get install redis-server");
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, Port, cancellationToken);
            var stream = client.GetStream();
            await stream.WriteAsync("PING\r\n"u8.ToArray(), cancellationToken);
            var reply = new byte[5];
            await stream.ReadExactlyAsync(reply, cancellationToken);
            return reply.AsSpan().SequenceEqual("+PONG"u8);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }
}
