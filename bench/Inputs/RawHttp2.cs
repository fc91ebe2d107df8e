using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using Jiceng.Bench.Load;

namespace Jiceng.Bench.Inputs;

/// <summary>A port to abuse.</summary>
/// <param name="Name">Name in the table.</param>
/// <param name="Address">Address; https for TLS.</param>
/// <param name="Fingerprint">SHA-256 of its certificate.</param>
/// <param name="Bearer">A token that authorizes calls to it.</param>
internal sealed record Target(string Name, Uri Address, string? Fingerprint, string? Bearer)
{
    public const string Method = "/jiceng.grid.v1.NodeService/GetNode";

    public SslClientAuthenticationOptions Tls => new()
    {
        TargetHost = Address.Host,
        ApplicationProtocols = [SslApplicationProtocol.Http2],
        RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString(HashAlgorithmName.SHA256) == Fingerprint,
    };

    /// <summary>The headers of a gRPC call.</summary>
    public byte[] Call(params (string Name, string Value)[] more) => HeaderBlock.Of(
    [
        (":method", "POST"), (":scheme", Address.Scheme), (":path", Method), (":authority", "jiceng"), ("content-type", "application/grpc"), ("te", "trailers"),
        ("authorization", $"Bearer {Bearer}"), .. more,
    ]);
}

/// <summary>An HTTP/2 connection with hand-written frames, which may be invalid.</summary>
internal sealed class RawHttp2 : IDisposable
{
    private readonly TcpClient _client = new();
    private Stream? _stream;

    private Stream Stream => _stream ?? throw new InvalidOperationException("Not connected.");

    /// <summary>Connects and completes the TLS handshake, if the target uses TLS.</summary>
    public static async Task<RawHttp2> ConnectAsync(Target target, CancellationToken token)
    {
        var connection = await ConnectBareAsync(target, token);
        if (target.Address.Scheme == Uri.UriSchemeHttp) return connection;
        var secure = new SslStream(connection.Stream);
        connection._stream = secure;
        await secure.AuthenticateAsClientAsync(target.Tls, token);
        return connection;
    }

    /// <summary>Connects without a TLS handshake.</summary>
    public static async Task<RawHttp2> ConnectBareAsync(Target target, CancellationToken token)
    {
        var connection = new RawHttp2();
        await connection._client.ConnectAsync(target.Address.Host, target.Address.Port, token);
        connection._stream = connection._client.GetStream();
        return connection;
    }

    /// <summary>Sends the client preface.</summary>
    public async Task BeginAsync(CancellationToken token)
    {
        await SendAsync(Http2.Preface.ToArray(), token);
        await FrameAsync(Http2.Settings, 0, 0, [], token);
    }

    public async Task SendAsync(byte[] bytes, CancellationToken token) => await Stream.WriteAsync(bytes, token);

    /// <param name="type">Frame type.</param>
    /// <param name="flags">Frame flags.</param>
    /// <param name="stream">Stream id.</param>
    /// <param name="payload">Payload.</param>
    /// <param name="token">Cancels the operation.</param>
    /// <param name="length">Length to declare, when it differs from the payload's.</param>
    public async Task FrameAsync(byte type, byte flags, int stream, byte[] payload, CancellationToken token, int? length = null)
    {
        var frame = new byte[Http2.HeaderBytes + payload.Length];
        Http2.WriteHeader(frame, length ?? payload.Length, type, flags, stream);
        payload.CopyTo(frame, Http2.HeaderBytes);
        await SendAsync(frame, token);
    }

    /// <summary>Closes the sending side and keeps reading.</summary>
    public void Finish() => _client.Client.Shutdown(SocketShutdown.Send);

    /// <summary>Closes without notice, like a killed process.</summary>
    public void Vanish()
    {
        _client.LingerState = new LingerOption(true, 0);
        _client.Close();
    }

    /// <summary>Whether the server sends GOAWAY, closes the connection or ends the stream in time.</summary>
    public async Task<bool> EndsAsync(int stream, TimeSpan within, CancellationToken token) => await UntilAsync(
        (type, flags, of) => type == Http2.GoAway || (of == stream && (type == Http2.Reset || (type is Http2.Headers or Http2.Data && (flags & Http2.EndStream) != 0))), within, token) is not null;

    /// <summary>Whether a message arrives on the stream in time.</summary>
    public async Task<bool> AnswersAsync(int stream, TimeSpan within, CancellationToken token) =>
        await UntilAsync((type, _, of) => type == Http2.Data && of == stream, within, token) == true;

    public void Dispose()
    {
        _stream?.Dispose();
        _client.Dispose();
    }

    /// <summary>Reads until the wanted frame arrives (true), the connection closes (false) or the time is up (null).</summary>
    private async Task<bool?> UntilAsync(Func<byte, byte, int, bool> wanted, TimeSpan within, CancellationToken token)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(token);
        limit.CancelAfter(within);
        var head = new byte[Http2.HeaderBytes];
        try
        {
            while (true)
            {
                await Stream.ReadExactlyAsync(head, limit.Token);
                // "HTTP/1.1 400" is not a frame, but it ends the connection.
                if (head[0] == 'H' && head[1] == 'T') return false;
                var frame = Http2.ReadHeader(head);
                if (wanted(frame.Type, frame.Flags, frame.Stream)) return true;
                await Stream.ReadExactlyAsync(new byte[frame.Length], limit.Token);
            }
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!token.IsCancellationRequested)
        {
            return null;
        }
    }
}
