using System.Buffers.Binary;
using Jiceng.Gateway.Json;

namespace Jiceng.Gateway.Protocols;

/// <summary>Messages as gRPC and Connect put them one after another: a flag and the length stand in front of each.</summary>
internal sealed class GrpcFrames
{
    public const int PrefixBytes = 5;

    /// <summary>The message is compressed.</summary>
    public const byte Compressed = 1;

    private byte[] bytes = [];
    private int start;
    private int end;

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
        if (start == end) start = end = 0;
        if (bytes.Length - end < more.Length)
        {
            var room = new byte[Math.Max(2 * (end - start), end - start + more.Length)];
            bytes.AsSpan(start, end - start).CopyTo(room);
            (bytes, start, end) = (room, 0, end - start);
        }

        more.CopyTo(bytes.AsSpan(end));
        end += more.Length;
    }

    /// <summary>The next message that came whole; it stays as it is until more is appended.</summary>
    public ReadOnlyMemory<byte>? Next()
    {
        if (end - start < PrefixBytes) return null;
        var length = LengthIn(bytes.AsSpan(start, PrefixBytes));
        if (end - start - PrefixBytes < length) return null;
        if (bytes[start] != 0) throw new InvalidDataException("A service compressed its answer, which it was not asked for.");
        var message = bytes.AsMemory(start + PrefixBytes, length);
        start += PrefixBytes + length;
        return message;
    }
}
