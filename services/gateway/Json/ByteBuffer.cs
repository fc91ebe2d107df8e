using System.Buffers;
using System.Buffers.Binary;

namespace Jiceng.Gateway.Json;

/// <summary>A growing byte buffer with the primitives of the protobuf wire format.</summary>
internal sealed class ByteBuffer(int capacity = 256) : IBufferWriter<byte>
{
    private const int LongestVarint = 10;
    private byte[] _bytes = new byte[capacity];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public ReadOnlyMemory<byte> WrittenMemory => _bytes.AsMemory(0, Length);

    public void Advance(int count) => Length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Grow(Math.Max(sizeHint, 1));
        return _bytes.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Discards everything from a position on.</summary>
    public void CutTo(int length) => Length = length;

    public void Overwrite(int position, ReadOnlySpan<byte> with) => with.CopyTo(_bytes.AsSpan(position));

    public void Varint(ulong value)
    {
        Grow(LongestVarint);
        while (value >= 0x80)
        {
            _bytes[Length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _bytes[Length++] = (byte)value;
    }

    public void Tag(int field, WireType type) => Varint(((ulong)(uint)field << 3) | (uint)type);

    public void Fixed32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(GetSpan(sizeof(uint)), value);
        Advance(sizeof(uint));
    }

    public void Fixed64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(GetSpan(sizeof(ulong)), value);
        Advance(sizeof(ulong));
    }

    /// <summary>Inserts, at the position, the length of everything written since.</summary>
    public void PutLengthBefore(int start)
    {
        var length = Length - start;
        var size = 1;
        for (var rest = (uint)length >> 7; rest != 0; rest >>= 7) size++;
        Grow(size);
        Array.Copy(_bytes, start, _bytes, start + size, length);
        Length = start;
        Varint((ulong)length);
        Length += length;
    }

    private void Grow(int more)
    {
        if (_bytes.Length - Length < more) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + more));
    }
}

/// <summary>How a field's value stands in the wire form of protobuf.</summary>
internal enum WireType : uint
{
    Varint = 0,
    Fixed64 = 1,
    Length = 2,
    Fixed32 = 5,
}
