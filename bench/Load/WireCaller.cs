using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Google.Rpc;
using Grpc.Core;

namespace Jiceng.Bench.Load;

/// <summary>A call to make.</summary>
/// <param name="Phase">Number of its phase.</param>
/// <param name="Due">Due time since the start of the load.</param>
internal readonly record struct WireCall(int Phase, TimeSpan Due);

/// <summary>
/// Makes calls of one method over one HTTP/2 connection without TLS, from prebuilt bytes: a call costs microseconds, where a full client
/// would take CPU time from the system under test. Never blocks; call <see cref="Step"/> repeatedly.
/// </summary>
/// <param name="address">Address to call.</param>
/// <param name="headers">Header block of each call.</param>
/// <param name="message">Writes the message of the next call.</param>
/// <param name="patience">Time after the due time at which a call is abandoned.</param>
/// <param name="ended">Reports the end of each call once: its status, or null for OK.</param>
internal sealed class WireCaller(IPEndPoint address, byte[] headers, Func<byte[]> message, TimeSpan patience, Action<WireCall, string?> ended) : IDisposable
{
    /// <summary>Status of a refusal without a retry delay; the gateway's refusals always have one.</summary>
    public const string WithoutRetryInfo = $"{nameof(StatusCode.ResourceExhausted)} without RetryInfo";

    private const int MessageHeaderBytes = 5;

    /// <summary>Reserved for control frames.</summary>
    private const int ControlReserve = 8 * 1024;
    private readonly Queue<WireCall> _waiting = new();
    private readonly Dictionary<int, WireCall> _open = [];
    private readonly Queue<(int Stream, TimeSpan Due)> _order = new();
    private readonly byte[] _in = new byte[64 * 1024];
    private readonly byte[] _out = new byte[64 * 1024];
    private Socket? _socket;
    private int _inLength;
    private int _outLength;
    private int _next;
    private uint _maxStreams;
    private uint _streamWindow;
    private long _window;
    private byte[] _details = [];
    private bool _hasRetryDelay;

    /// <summary>Whether every call has ended.</summary>
    public bool IsIdle => _waiting.Count == 0 && _open.Count == 0;

    /// <summary>Calls sent so far, by phase.</summary>
    public Dictionary<int, long> Sent { get; } = [];

    /// <summary>Queues a call until the server has room for it.</summary>
    public void Add(WireCall call) => _waiting.Enqueue(call);

    /// <summary>Reads received frames, abandons overdue calls and sends what is due.</summary>
    /// <param name="now">Time since the start of the load.</param>
    public void Step(TimeSpan now)
    {
        try
        {
            if (_socket is not null) Receive();
            Abandon(now);
            if (_socket is null && _waiting.Count > 0) Connect();
            if (_socket is null) return;
            Call();
            Send();
        }
        catch (Exception e) when (e is SocketException or InvalidDataException)
        {
            Disconnect();
        }
    }

    public void Dispose() => _socket?.Dispose();

    private void Connect()
    {
        (_next, _maxStreams, _streamWindow, _window, _inLength, _outLength) = (1, 100, 65_535, 65_535, 0, 0);
        _socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _socket.Connect(address);
        _socket.Blocking = false;
        Http2.Preface.CopyTo(_out);
        _outLength = Http2.Preface.Length;
        // No dynamic table, and a window for the answers of a whole run.
        Frame(Http2.Settings, 0, 0, [0, 1, 0, 0, 0, 0]);
        Frame(Http2.WindowUpdate, 0, 0, [0x7F, 0, 0, 0]);
    }

    private void Receive()
    {
        while (true)
        {
            var read = _socket!.Receive(_in.AsSpan(_inLength), SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock) return;
            if (error != SocketError.Success || read == 0) throw new SocketException((int)SocketError.ConnectionReset);
            _inLength += read;
            var whole = _inLength < _in.Length;
            ReadFrames();
            if (whole) return;
        }
    }

    /// <summary>Handles the complete frames; the start of a partial one stays in the buffer.</summary>
    private void ReadFrames()
    {
        var rest = _in.AsSpan(0, _inLength);
        while (rest.Length >= Http2.HeaderBytes)
        {
            var head = Http2.ReadHeader(rest);
            if (rest.Length < Http2.HeaderBytes + head.Length) break;
            ReadFrames(head, rest.Slice(Http2.HeaderBytes, head.Length));
            rest = rest[(Http2.HeaderBytes + head.Length)..];
        }

        rest.CopyTo(_in);
        _inLength = rest.Length;
    }

    private void ReadFrames(FrameHeader head, ReadOnlySpan<byte> payload)
    {
        switch (head.Type)
        {
            case Http2.Headers:
                if ((head.Flags & (Http2.EndHeaders | Http2.Padded)) != Http2.EndHeaders) throw new InvalidDataException("Split or padded headers, which Kestrel does not send here.");
                if ((head.Flags & Http2.EndStream) != 0) End(head.Stream, StatusOf(payload));
                break;
            case Http2.Data when (head.Flags & Http2.EndStream) != 0:
                End(head.Stream, nameof(StatusCode.Internal));
                break;
            case Http2.Reset:
                End(head.Stream, StatusOf(BinaryPrimitives.ReadInt32BigEndian(payload)));
                break;
            case Http2.GoAway:
                throw new SocketException((int)SocketError.Disconnecting);
            case Http2.Settings when (head.Flags & Http2.Ack) == 0:
                for (; payload.Length >= 6; payload = payload[6..])
                {
                    var value = BinaryPrimitives.ReadUInt32BigEndian(payload[2..]);
                    if (payload[1] == 3) _maxStreams = value;
                    if (payload[1] == 4) _streamWindow = value;
                }

                Frame(Http2.Settings, Http2.Ack, 0, []);
                break;
            case Http2.Ping when (head.Flags & Http2.Ack) == 0:
                Frame(Http2.Ping, Http2.Ack, 0, payload);
                break;
            case Http2.WindowUpdate when head.Stream == 0:
                _window += BinaryPrimitives.ReadInt32BigEndian(payload);
                break;
            default:
                // Headers of answers, their messages, and stream windows, which the initial window makes irrelevant.
                break;
        }
    }

    private void Abandon(TimeSpan now)
    {
        while (_order.TryPeek(out var oldest) && (oldest.Due + patience < now || !_open.ContainsKey(oldest.Stream)))
        {
            _order.Dequeue();
            if (!_open.ContainsKey(oldest.Stream)) continue;
            Frame(Http2.Reset, 0, oldest.Stream, [0, 0, 0, Http2.Cancel]);
            End(oldest.Stream, nameof(StatusCode.DeadlineExceeded));
        }

        while (_waiting.TryPeek(out var call) && call.Due + patience < now) ended(_waiting.Dequeue(), nameof(StatusCode.DeadlineExceeded));
    }

    /// <summary>Starts as many calls as the server has room for.</summary>
    private void Call()
    {
        while (_waiting.TryPeek(out var call) && _open.Count < _maxStreams)
        {
            var body = message();
            var data = MessageHeaderBytes + body.Length;
            if (_window < data || _streamWindow < data || _outLength + (2 * Http2.HeaderBytes) + headers.Length + data > _out.Length - ControlReserve) return;
            _waiting.Dequeue();
            Frame(Http2.Headers, Http2.EndHeaders, _next, headers);
            Http2.WriteHeader(_out.AsSpan(_outLength), data, Http2.Data, Http2.EndStream, _next);
            var to = _out.AsSpan(_outLength + Http2.HeaderBytes);
            to[0] = 0;
            BinaryPrimitives.WriteInt32BigEndian(to[1..], body.Length);
            body.CopyTo(to[MessageHeaderBytes..]);
            _outLength += Http2.HeaderBytes + data;
            _window -= data;
            _open[_next] = call;
            _order.Enqueue((_next, call.Due));
            Sent[call.Phase] = Sent.GetValueOrDefault(call.Phase) + 1;
            _next += 2;
        }
    }

    private void Send()
    {
        if (_outLength == 0) return;
        var sent = _socket!.Send(_out.AsSpan(0, _outLength), SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock) return;
        if (error != SocketError.Success) throw new SocketException((int)error);
        _out.AsSpan(sent, _outLength - sent).CopyTo(_out);
        _outLength -= sent;
    }

    /// <summary>Handles a lost connection, which fails the calls in flight; the next step reconnects.</summary>
    private void Disconnect()
    {
        _socket?.Dispose();
        _socket = null;
        foreach (var call in _open.Values) ended(call, nameof(StatusCode.Unavailable));
        _open.Clear();
        _order.Clear();
    }

    private void End(int stream, string? status)
    {
        if (_open.Remove(stream, out var call)) ended(call, status);
    }

    private string? StatusOf(ReadOnlySpan<byte> block)
    {
        if (!int.TryParse(HeaderBlock.Find(block, "grpc-status"u8), out var code)) return nameof(StatusCode.Internal);
        if (code == (int)StatusCode.OK) return null;
        return code == (int)StatusCode.ResourceExhausted && !HasRetryDelay(HeaderBlock.Find(block, "grpc-status-details-bin"u8)) ? WithoutRetryInfo : ((StatusCode)code).ToString();
    }

    /// <summary>The gRPC status of a reset stream.</summary>
    private static string StatusOf(int error) => error switch
    {
        7 => nameof(StatusCode.Unavailable),
        8 => nameof(StatusCode.Cancelled),
        11 => WithoutRetryInfo,
        _ => nameof(StatusCode.Internal),
    };

    /// <summary>Whether a refusal contains a retry delay. Refusals are mostly equal, so the last result is cached.</summary>
    private bool HasRetryDelay(ReadOnlySpan<byte> details)
    {
        if (details.SequenceEqual(_details)) return _hasRetryDelay;
        _details = details.ToArray();
        var text = System.Text.Encoding.ASCII.GetString(details);
        var status = Google.Rpc.Status.Parser.ParseFrom(Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '=')));
        return _hasRetryDelay = status.Details.Any(detail => detail.Is(RetryInfo.Descriptor));
    }

    private void Frame(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        if (_outLength + Http2.HeaderBytes + payload.Length > _out.Length) throw new SocketException((int)SocketError.NoBufferSpaceAvailable);
        Http2.WriteHeader(_out.AsSpan(_outLength), payload.Length, type, flags, stream);
        payload.CopyTo(_out.AsSpan(_outLength + Http2.HeaderBytes));
        _outLength += Http2.HeaderBytes + payload.Length;
    }
}
