using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Jiceng.Bench.Inputs;

/// <summary>Corrupts a serialized message like a broken client, a broken link or an attacker.</summary>
internal sealed class WireMutations(Random random)
{
    private static readonly byte[][] BadText = [[0xC3, 0x28], [0xED, 0xA0, 0x80], [0xFF, 0xFE], [0xF4, 0x90, 0x80, 0x80], [0xC0, 0x80]];

    /// <param name="bytes">A message.</param>
    /// <param name="type">Its type.</param>
    /// <param name="other">Another message of the type.</param>
    public (byte[] Bytes, string What) Apply(byte[] bytes, MessageDescriptor type, Func<byte[]> other)
    {
        switch (random.Next(12))
        {
            case 0:
                return (Flip(bytes), "bits flipped");
            case 1:
                return (bytes[..random.Next(bytes.Length + 1)], "cut off");
            case 2:
                return ([.. bytes, .. other()], "two concatenated messages, with duplicate fields and oneofs");
            case 3:
                return (Random(random.Next(1, 400)), "random bytes");
            case 4:
                return (With(bytes, output => { output.WriteTag(15_000 + random.Next(100), WireFormat.WireType.LengthDelimited); output.WriteBytes(ByteString.CopyFrom(Random(1000))); }), "unknown field");
            case 5:
                return ([.. bytes, .. Tag(NumberOf(type), random.Next(8)), .. Random(random.Next(12))], "wrong wire type");
            case 6:
                return ([.. bytes, .. Enumerable.Repeat((byte)0xFF, random.Next(1, 15))], "endless varint");
            case 7:
                return ([.. bytes, .. Enumerable.Repeat((byte)0x0B, random.Next(50, 20_000))], "groups in groups");
            case 8:
                return (With(bytes, output => { output.WriteTag(NumberOf(type), WireFormat.WireType.LengthDelimited); output.WriteBytes(ByteString.CopyFrom(BadText[random.Next(BadText.Length)])); }), "no UTF-8");
            case 9:
                return (With(bytes, output => { output.WriteTag(NumberOf(type), WireFormat.WireType.LengthDelimited); output.WriteLength(int.MaxValue); }), "missing field of 2 GB");
            case 10:
                return ([.. bytes, 0, .. Random(3)], "field number 0");
            default:
                return (Nested(bytes, NumberOf(type)), "messages in messages");
        }
    }

    private byte[] Flip(byte[] bytes)
    {
        if (bytes.Length == 0) return Random(1);
        var flipped = (byte[])bytes.Clone();
        for (var i = random.Next(1, 9); i > 0; i--) flipped[random.Next(flipped.Length)] ^= (byte)(1 << random.Next(8));
        return flipped;
    }

    private byte[] Nested(byte[] bytes, int number)
    {
        var inner = bytes;
        for (var i = 0; i < 150; i++)
        {
            var within = inner;
            inner = With([], output => { output.WriteTag(number, WireFormat.WireType.LengthDelimited); output.WriteBytes(ByteString.CopyFrom(within)); });
        }

        return inner;
    }

    private int NumberOf(MessageDescriptor type)
    {
        var fields = type.Fields.InFieldNumberOrder();
        return fields.Count == 0 ? 1 : fields[random.Next(fields.Count)].FieldNumber;
    }

    private byte[] Random(int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Tag(int number, int wireType) => With([], output => output.WriteUInt32((uint)((number << 3) | wireType)));

    private static byte[] With(byte[] bytes, Action<CodedOutputStream> write)
    {
        using var buffer = new MemoryStream();
        using (var output = new CodedOutputStream(buffer, leaveOpen: true)) write(output);
        return [.. bytes, .. buffer.ToArray()];
    }
}
