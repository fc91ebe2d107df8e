using System.Buffers.Binary;

namespace Jiceng.Gateway.Json;

/// <summary>A value of a field as it stands in the wire form: a number, or bytes.</summary>
internal readonly ref struct WireValue(ulong bits, ReadOnlySpan<byte> bytes)
{
    public ulong Bits { get; } = bits;

    public ReadOnlySpan<byte> Bytes { get; } = bytes;
}

/// <summary>Goes through the wire form of a message field by field.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> message)
{
    private readonly ReadOnlySpan<byte> _message = message;

    public int Position { get; private set; }

    public readonly bool AtEnd => Position >= _message.Length;

    /// <summary>Number and type of the field that comes; its value has to be read next.</summary>
    public (int Field, WireType Type) Tag()
    {
        var tag = Varint();
        var field = tag >> 3;
        return field is 0 or > int.MaxValue ? throw Broken() : ((int)field, (WireType)(tag & 7));
    }

    public WireValue Value(WireType type) => type switch
    {
        WireType.Varint => new WireValue(Varint(), default),
        WireType.Fixed32 => new WireValue(BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint))), default),
        WireType.Fixed64 => new WireValue(BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong))), default),
        WireType.Length => new WireValue(0, Take(Varint())),
        _ => throw Broken(),
    };

    private ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (AtEnd) throw Broken();
            var b = _message[Position++];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80) return value;
        }

        throw Broken();
    }

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)(_message.Length - Position)) throw Broken();
        var taken = _message.Slice(Position, (int)count);
        Position += (int)count;
        return taken;
    }

    private static InvalidDataException Broken() => new("The message is not in the wire form of protobuf.");
}
