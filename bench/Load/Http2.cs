using System.Buffers.Binary;

namespace Jiceng.Bench.Load;

/// <summary>Hand-written HTTP/2 frames.</summary>
internal static class Http2
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
    public const byte Ack = 1;
    public const byte EndHeaders = 4;
    public const byte Padded = 8;
    public const int Cancel = 8;

    /// <summary>Size of the frame header.</summary>
    public const int HeaderBytes = 9;

    /// <summary>The connection preface.</summary>
    public static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    public static void WriteHeader(Span<byte> to, int length, byte type, byte flags, int stream)
    {
        (to[0], to[1], to[2], to[3], to[4]) = ((byte)(length >> 16), (byte)(length >> 8), (byte)length, type, flags);
        BinaryPrimitives.WriteInt32BigEndian(to[5..], stream);
    }

    public static FrameHeader ReadHeader(ReadOnlySpan<byte> from) =>
        new((from[0] << 16) | (from[1] << 8) | from[2], from[3], from[4], BinaryPrimitives.ReadInt32BigEndian(from[5..]) & int.MaxValue);
}

/// <summary>A frame header.</summary>
internal readonly record struct FrameHeader(int Length, byte Type, byte Flags, int Stream);
