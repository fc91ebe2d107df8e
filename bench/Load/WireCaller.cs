using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Google.Rpc;
using Grpc.Core;

namespace Jiceng.Bench.Load;

/// <summary>A call that is due.</summary>
/// <param name="Phase">Number of the phase it belongs to.</param>
/// <param name="Due">When, since the load began.</param>
internal readonly record struct WireCall(int Phase, TimeSpan Due);

/// <summary>
/// Makes calls of one method over a connection of its own (HTTP/2 without TLS), from bytes that were made beforehand: a call costs microseconds,
/// where a client that can do everything would take the processor from what is measured. Never waits; whoever drives it lets it
/// <see cref="Step"/> again and again.
/// </summary>
/// <param name="address">Where to call.</param>
/// <param name="headers">The header block of each call.</param>
/// <param name="message">Writes the message of the next call.</param>
/// <param name="patience">Who waits for longer, from when the call was due, gives up.</param>
/// <param name="ended">Is told how a call ended, once for each: its status, or null if that is OK.</param>
internal sealed class WireCaller(IPEndPoint address, byte[] headers, Func<byte[]> message, TimeSpan patience, Action<WireCall, string?> ended) : IDisposable
{
    /// <summary>Status of a refusal that does not say when to come again, as the gateway's all do.</summary>
    public const string Bare = $"{nameof(StatusCode.ResourceExhausted)} without RetryInfo";

    private const int MessageHeadBytes = 5;

    /// <summary>Kept free of calls, for what has to be said beside them.</summary>
    private const int Spare = 8 * 1024;
    private readonly Queue<WireCall> _waiting = new();
    private readonly Dictionary<int, WireCall> _open = [];
    private readonly Queue<(int Stream, TimeSpan Due)> _order = new();
    private readonly byte[] _in = new byte[64 * 1024];
    private readonly byte[] _out = new byte[64 * 1024];
    private Socket? _socket;
    private int _inLength;
    private int _outLength;
    private int _next;
    private uint _mostStreams;
    private uint _streamWindow;
    private long _window;
    private byte[] _details = [];
    private bool _tellsWhen;

    /// <summary>Whether every call has ended.</summary>
    public bool IsIdle => _waiting.Count == 0 && _open.Count == 0;

    /// <summary>Calls sent so far, by phase.</summary>
    public Dictionary<int, long> Sent { get; } = [];

    /// <summary>To be sent as soon as the server has room for it.</summary>
    public void Add(WireCall call) => _waiting.Enqueue(call);

    /// <summary>Reads what has come, gives up what took too long, sends what is due.</summary>
    /// <param name="now">Since the load began.</param>
    public void Step(TimeSpan now)
    {
        try
        {
            if (_socket is not null) Receive();
            GiveUp(now);
            if (_socket is null && _waiting.Count > 0) Connect();
            if (_socket is null) return;
            Call();
            Send();
        }
        catch (Exception e) when (e is SocketException or InvalidDataException)
        {
            Lose();
        }
    }

    public void Dispose() => _socket?.Dispose();

    private void Connect()
    {
        (_next, _mostStreams, _streamWindow, _window, _inLength, _outLength) = (1, 100, 65_535, 65_535, 0, 0);
        _socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _socket.Connect(address);
        _socket.Blocking = false;
        Http2.Preface.CopyTo(_out);
        _outLength = Http2.Preface.Length;
        // No table of headers; and a window in which the answers of a whole run have room.
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
            Take();
            if (whole) return;
        }
    }

    /// <summary>Takes the frames that are there as a whole; the begin of another stays.</summary>
    private void Take()
    {
        var rest = _in.AsSpan(0, _inLength);
        while (rest.Length >= Http2.HeadBytes)
        {
            var head = Http2.ReadHead(rest);
            if (rest.Length < Http2.HeadBytes + head.Length) break;
            Take(head, rest.Slice(Http2.HeadBytes, head.Length));
            rest = rest[(Http2.HeadBytes + head.Length)..];
        }

        rest.CopyTo(_in);
        _inLength = rest.Length;
    }

    private void Take(FrameHead head, ReadOnlySpan<byte> payload)
    {
        switch (head.Type)
        {
            case Http2.Headers:
                if ((head.Flags & (Http2.EndHeaders | Http2.Padded)) != Http2.EndHeaders) throw new InvalidDataException("Headers in parts or padded, which Kestrel does not send here.");
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
            case Http2.Settings when (head.Flags & Http2.Answer) == 0:
                for (; payload.Length >= 6; payload = payload[6..])
                {
                    var value = BinaryPrimitives.ReadUInt32BigEndian(payload[2..]);
                    if (payload[1] == 3) _mostStreams = value;
                    if (payload[1] == 4) _streamWindow = value;
                }

                Frame(Http2.Settings, Http2.Answer, 0, []);
                break;
            case Http2.Ping when (head.Flags & Http2.Answer) == 0:
                Frame(Http2.Ping, Http2.Answer, 0, payload);
                break;
            case Http2.WindowUpdate when head.Stream == 0:
                _window += BinaryPrimitives.ReadInt32BigEndian(payload);
                break;
            default:
                // Begins of answers, their messages, and windows of calls whose one message had room in the first.
                break;
        }
    }

    private void GiveUp(TimeSpan now)
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

    /// <summary>Begins the calls that the server has room for.</summary>
    private void Call()
    {
        while (_waiting.TryPeek(out var call) && _open.Count < _mostStreams)
        {
            var body = message();
            var data = MessageHeadBytes + body.Length;
            if (_window < data || _streamWindow < data || _outLength + (2 * Http2.HeadBytes) + headers.Length + data > _out.Length - Spare) return;
            _waiting.Dequeue();
            Frame(Http2.Headers, Http2.EndHeaders, _next, headers);
            Http2.WriteHead(_out.AsSpan(_outLength), data, Http2.Data, Http2.EndStream, _next);
            var to = _out.AsSpan(_outLength + Http2.HeadBytes);
            to[0] = 0;
            BinaryPrimitives.WriteInt32BigEndian(to[1..], body.Length);
            body.CopyTo(to[MessageHeadBytes..]);
            _outLength += Http2.HeadBytes + data;
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

    /// <summary>The connection is gone, and the calls under way with it; the next step begins another.</summary>
    private void Lose()
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
        return code == (int)StatusCode.ResourceExhausted && !TellsWhen(HeaderBlock.Find(block, "grpc-status-details-bin"u8)) ? Bare : ((StatusCode)code).ToString();
    }

    /// <summary>What gRPC makes of a stream that was reset.</summary>
    private static string StatusOf(int error) => error switch
    {
        7 => nameof(StatusCode.Unavailable),
        8 => nameof(StatusCode.Cancelled),
        11 => Bare,
        _ => nameof(StatusCode.Internal),
    };

    /// <summary>Whether a refusal says when to come again. They are alike, so what was found in the last mostly holds.</summary>
    private bool TellsWhen(ReadOnlySpan<byte> details)
    {
        if (details.SequenceEqual(_details)) return _tellsWhen;
        _details = details.ToArray();
        var text = System.Text.Encoding.ASCII.GetString(details);
        var status = Google.Rpc.Status.Parser.ParseFrom(Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '=')));
        return _tellsWhen = status.Details.Any(detail => detail.Is(RetryInfo.Descriptor));
    }

    private void Frame(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        if (_outLength + Http2.HeadBytes + payload.Length > _out.Length) throw new SocketException((int)SocketError.NoBufferSpaceAvailable);
        Http2.WriteHead(_out.AsSpan(_outLength), payload.Length, type, flags, stream);
        payload.CopyTo(_out.AsSpan(_outLength + Http2.HeadBytes));
        _outLength += Http2.HeadBytes + payload.Length;
    }
}
