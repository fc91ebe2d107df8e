using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Jiceng.Bench.Inputs;

/// <summary>A port to abuse.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="Address">Where it is; https when it speaks TLS.</param>
/// <param name="Fingerprint">SHA-256 of its certificate.</param>
/// <param name="Bearer">A token with which a method may be called there.</param>
internal sealed record Target(string Name, Uri Address, string? Fingerprint, string? Bearer)
{
    public const string Method = "/jiceng.grid.v1.NodeService/GetNode";

    public SslClientAuthenticationOptions Tls => new()
    {
        TargetHost = Address.Host, ApplicationProtocols = [SslApplicationProtocol.Http2],
        RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString(HashAlgorithmName.SHA256) == Fingerprint,
    };

    /// <summary>The headers of a gRPC call.</summary>
    public byte[] Call(params (string Name, string Value)[] more) => RawHttp2.Block(
    [
        (":method", "POST"), (":scheme", Address.Scheme), (":path", Method), (":authority", "jiceng"), ("content-type", "application/grpc"), ("te", "trailers"),
        ("authorization", $"Bearer {Bearer}"), .. more,
    ]);
}

/// <summary>An HTTP/2 connection whose frames are written by hand, so that they may be wrong.</summary>
internal sealed class RawHttp2 : IDisposable
{
    public const byte Data = 0;
    public const byte Headers = 1;
    public const byte Reset = 3;
    public const byte Settings = 4;
    public const byte Push = 5;
    public const byte Ping = 6;
    public const byte GoAway = 7;
    public const byte WindowUpdate = 8;
    public const byte Continuation = 9;
    public const byte EndStream = 1;
    public const byte EndHeaders = 4;
    public const byte Padded = 8;
    private readonly TcpClient _client = new();
    private Stream? _stream;

    private Stream Stream => _stream ?? throw new InvalidOperationException("Not connected.");

    /// <summary>Connects as a client does.</summary>
    public static async Task<RawHttp2> ConnectAsync(Target target, CancellationToken token)
    {
        var connection = await ConnectBareAsync(target, token);
        if (target.Address.Scheme == Uri.UriSchemeHttp) return connection;
        var secure = new SslStream(connection.Stream);
        connection._stream = secure;
        await secure.AuthenticateAsClientAsync(target.Tls, token);
        return connection;
    }

    /// <summary>Connects and leaves it to others to speak TLS.</summary>
    public static async Task<RawHttp2> ConnectBareAsync(Target target, CancellationToken token)
    {
        var connection = new RawHttp2();
        await connection._client.ConnectAsync(target.Address.Host, target.Address.Port, token);
        connection._stream = connection._client.GetStream();
        return connection;
    }

    /// <summary>As a client begins.</summary>
    public async Task BeginAsync(CancellationToken token)
    {
        await SendAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray(), token);
        await FrameAsync(Settings, 0, 0, [], token);
    }

    public async Task SendAsync(byte[] bytes, CancellationToken token) => await Stream.WriteAsync(bytes, token);

    /// <param name="type">Type of the frame.</param>
    /// <param name="flags">Its flags.</param>
    /// <param name="stream">Id of the stream.</param>
    /// <param name="payload">What it holds.</param>
    /// <param name="token">Ends it early.</param>
    /// <param name="length">What it says it holds, if that is not true.</param>
    public async Task FrameAsync(byte type, byte flags, int stream, byte[] payload, CancellationToken token, int? length = null)
    {
        var frame = new byte[9 + payload.Length];
        var said = length ?? payload.Length;
        (frame[0], frame[1], frame[2], frame[3], frame[4]) = ((byte)(said >> 16), (byte)(said >> 8), (byte)said, type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, 9);
        await SendAsync(frame, token);
    }

    /// <summary>Says that nothing more comes, and goes on listening.</summary>
    public void Finish() => _client.Client.Shutdown(SocketShutdown.Send);

    /// <summary>Is gone without a word, as a process that was killed.</summary>
    public void Vanish()
    {
        _client.LingerState = new LingerOption(true, 0);
        _client.Close();
    }


    /// <summary>Headers, each as a literal.</summary>
    public static byte[] Block(params (string Name, string Value)[] headers)
    {
        using var block = new MemoryStream();
        foreach (var (name, value) in headers)
        {
            block.WriteByte(0);
            Write(block, name);
            Write(block, value);
        }

        return block.ToArray();
    }

    /// <summary>Whether the server gives the connection up in time, by GOAWAY or by closing it, or ends the stream.</summary>
    public async Task<bool> EndsAsync(int stream, TimeSpan within, CancellationToken token) => await UntilAsync(
        (type, flags, of) => type == GoAway || (of == stream && (type == Reset || (type is Headers or Data && (flags & EndStream) != 0))), within, token) is not null;

    /// <summary>Whether a message comes on the stream in time.</summary>
    public async Task<bool> AnswersAsync(int stream, TimeSpan within, CancellationToken token) =>
        await UntilAsync((type, _, of) => type == Data && of == stream, within, token) == true;

    public void Dispose()
    {
        _stream?.Dispose();
        _client.Dispose();
    }

    /// <summary>Reads until such a frame came (true), the connection was closed (false) or the time is up (null).</summary>
    private async Task<bool?> UntilAsync(Func<byte, byte, int, bool> wanted, TimeSpan within, CancellationToken token)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(token);
        limit.CancelAfter(within);
        var head = new byte[9];
        try
        {
            while (true)
            {
                await Stream.ReadExactlyAsync(head, limit.Token);
                // "HTTP/1.1 400": no frame, but an end.
                if (head[0] == 'H' && head[1] == 'T') return false;
                if (wanted(head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)))) return true;
                await Stream.ReadExactlyAsync(new byte[(head[0] << 16) | (head[1] << 8) | head[2]], limit.Token);
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

    private static void Write(MemoryStream block, string text)
    {
        var bytes = Encoding.ASCII.GetBytes(text);
        // An integer with a prefix of seven bits.
        if (bytes.Length < 127)
        {
            block.WriteByte((byte)bytes.Length);
        }
        else
        {
            block.WriteByte(127);
            var rest = bytes.Length - 127;
            for (; rest >= 128; rest >>= 7) block.WriteByte((byte)(rest | 128));
            block.WriteByte((byte)rest);
        }

        block.Write(bytes);
    }
}
