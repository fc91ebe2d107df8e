using System.Buffers;
using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Jiceng.Sidecar.Redis;

/// <summary>
/// One connection that speaks RESP2, pipelined: commands are answered in the order they were sent. A blocking command
/// holds up everything behind it, so each subscription reads on a connection of its own.
/// </summary>
// Not StackExchange.Redis 3.4: with a retry of 200 ms, it aborts slow TLS handshakes; with one of 5 s, a publish while Redis is down fails after 5 to 10 s, not 0.3 s.
internal sealed class RespConnection : IAsyncDisposable
{
    private readonly TcpClient _client;
    private readonly Stream _stream;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly Queue<TaskCompletionSource<RespValue>> _waiting = new();
    private RedisConnectionException? _broken;

    private RespConnection(TcpClient client, Stream stream)
    {
        (_client, _stream) = (client, stream);
        _ = ReadRepliesAsync();
    }

    public bool IsBroken
    {
        get { lock (_waiting) return _broken is not null; }
    }

    public static async Task<RespConnection> OpenAsync(RedisOptions options, CancellationToken cancellationToken)
    {
        var client = new TcpClient { NoDelay = true };
        try
        {
            await client.ConnectAsync(options.Host, options.Port, cancellationToken);
            var connection = new RespConnection(client, await SecureAsync(client.GetStream(), options, cancellationToken));
            if (options.Password.Length > 0)
                await connection.SendAsync(options.Username.Length > 0 ? ["AUTH", options.Username, options.Password] : ["AUTH", options.Password], cancellationToken);
            if (options.Database != 0)
                await connection.SendAsync(["SELECT", options.Database.ToString(CultureInfo.InvariantCulture)], cancellationToken);
            return connection;
        }
        catch (Exception e) when (e is SocketException or IOException or System.Security.Authentication.AuthenticationException)
        {
            client.Dispose();
            throw new RedisConnectionException($"cannot connect to {options.Host}:{options.Port}: {e.Message}", e);
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <param name="command">The command's words: each a string or bytes.</param>
    /// <param name="cancellationToken">Ends the wait, not the command: a command once written is carried out.</param>
    /// <exception cref="RedisReplyException">Redis refused the command.</exception>
    /// <exception cref="RedisConnectionException">The connection broke; whether the command was carried out is unknown.</exception>
    public async Task<RespValue> SendAsync(object[] command, CancellationToken cancellationToken)
    {
        var reply = new TaskCompletionSource<RespValue>(TaskCreationOptions.RunContinuationsAsynchronously);
        var bytes = Encode(command);
        await _writing.WaitAsync(cancellationToken);
        try
        {
            lock (_waiting)
            {
                if (_broken is not null) throw _broken;
                _waiting.Enqueue(reply);
            }

            await _stream.WriteAsync(bytes, cancellationToken);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            Break(e);
        }
        catch (OperationCanceledException e)
        {
            // Half a command may be on the wire.
            Break(e);
            throw;
        }
        finally
        {
            _writing.Release();
        }

        var value = await reply.Task.WaitAsync(cancellationToken);
        return value.Error is null ? value : throw new RedisReplyException(value.Error);
    }

    /// <summary>Gives up on the connection: everything that waits on it fails.</summary>
    public void Break(Exception reason)
    {
        lock (_waiting)
        {
            _broken ??= new RedisConnectionException($"the connection to Redis was lost: {reason.Message}", reason);
            while (_waiting.TryDequeue(out var reply)) reply.TrySetException(_broken);
        }

        _client.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        Break(new ObjectDisposedException(nameof(RespConnection)));
        await _stream.DisposeAsync();
    }

    private static async Task<Stream> SecureAsync(Stream plain, RedisOptions options, CancellationToken cancellationToken)
    {
        if (!options.Tls) return plain;
        var secure = new SslStream(plain);
        var authentication = new SslClientAuthenticationOptions { TargetHost = options.Host };
        if (options.SkipTlsVerification)
        {
#pragma warning disable CA5359 // the component's insecureSkipTLSVerify asks for exactly this
            authentication.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        }

        await secure.AuthenticateAsClientAsync(authentication, cancellationToken);
        return secure;
    }

    private static ReadOnlyMemory<byte> Encode(object[] command)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        Line($"*{command.Length}");
        foreach (var word in command)
        {
            var bytes = word is string text ? Encoding.UTF8.GetBytes(text) : (ReadOnlyMemory<byte>)word;
            Line($"${bytes.Length}");
            buffer.Write(bytes.Span);
            buffer.Write("\r\n"u8);
        }

        return buffer.WrittenMemory;

        void Line(FormattableString line) => buffer.Write(Encoding.ASCII.GetBytes(FormattableString.Invariant(line) + "\r\n"));
    }

    private async Task ReadRepliesAsync()
    {
        try
        {
            var reader = new RespReader(_stream);
            while (true)
            {
                var value = await reader.ReadAsync();
                TaskCompletionSource<RespValue>? reply;
                lock (_waiting)
                {
                    if (!_waiting.TryDequeue(out reply)) throw new IOException("Redis sent an answer that nobody asked for");
                }

                reply.TrySetResult(value);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or SocketException)
        {
            Break(e);
        }
    }
}
