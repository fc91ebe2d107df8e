using System.Buffers.Binary;
using Jiceng.Gateway.Json;

namespace Jiceng.Gateway.Protocols;

/// <summary>Messages as gRPC and Connect put them one after another: a flag and the length stand in front of each.</summary>
internal sealed class GrpcFrames
{
    public const int PrefixBytes = 5;

    /// <summary>The message is compressed.</summary>
    public const byte Compressed = 1;

    private byte[] _bytes = [];
    private int _start;
    private int _end;

    public static int LengthIn(ReadOnlySpan<byte> prefix) => (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(prefix[1..]), int.MaxValue);

    /// <summary>A buffer in which a message can be written behind its prefix.</summary>
    public static ByteBuffer Open(int capacity)
    {
        var frame = new ByteBuffer(PrefixBytes + capacity);
        frame.Advance(PrefixBytes);
        return frame;
    }

    /// <summary>The message behind the prefix, with its flag and length.</summary>
    public static ReadOnlyMemory<byte> Close(ByteBuffer frame, byte flag)
    {
        Span<byte> prefix = [flag, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(prefix[1..], frame.Length - PrefixBytes);
        frame.Overwrite(0, prefix);
        return frame.WrittenMemory;
    }

    public void Append(ReadOnlySpan<byte> more)
    {
        if (_start == _end) _start = _end = 0;
        if (_bytes.Length - _end < more.Length)
        {
            var room = new byte[Math.Max(2 * (_end - _start), _end - _start + more.Length)];
            _bytes.AsSpan(_start, _end - _start).CopyTo(room);
            (_bytes, _start, _end) = (room, 0, _end - _start);
        }

        more.CopyTo(_bytes.AsSpan(_end));
        _end += more.Length;
    }

    /// <summary>The next message that came whole; it stays as it is until more is appended.</summary>
    public ReadOnlyMemory<byte>? Next()
    {
        if (_end - _start < PrefixBytes) return null;
        var length = LengthIn(_bytes.AsSpan(_start, PrefixBytes));
        if (_end - _start - PrefixBytes < length) return null;
        if (_bytes[_start] != 0) throw new InvalidDataException("A service compressed its answer, which it was not asked for.");
        var message = _bytes.AsMemory(_start + PrefixBytes, length);
        _start += PrefixBytes + length;
        return message;
    }
}
