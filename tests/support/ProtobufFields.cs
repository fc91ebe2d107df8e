using System.Text;
using Google.Protobuf;

namespace Jiceng.TestSupport;

/// <summary>The fields, by number, of a protobuf message without its schema.</summary>
internal sealed class ProtobufFields
{
    private readonly List<(int Number, byte[] Bytes)> blocks = [];
    private readonly Dictionary<int, ulong> numbers = [];

    public ProtobufFields(byte[] message)
    {
        var input = new CodedInputStream(message);
        for (uint tag; (tag = input.ReadTag()) != 0;)
        {
            var number = WireFormat.GetTagFieldNumber(tag);
            switch (WireFormat.GetTagWireType(tag))
            {
                case WireFormat.WireType.Varint: numbers[number] = input.ReadUInt64(); break;
                case WireFormat.WireType.Fixed64: numbers[number] = input.ReadFixed64(); break;
                case WireFormat.WireType.Fixed32: numbers[number] = input.ReadFixed32(); break;
                default: blocks.Add((number, input.ReadBytes().ToByteArray())); break;
            }
        }
    }

    public IEnumerable<ProtobufFields> Messages(int number) => blocks.Where(b => b.Number == number).Select(b => new ProtobufFields(b.Bytes));

    public string Text(int number) => Encoding.UTF8.GetString(Bytes(number));

    public string Hex(int number) => Convert.ToHexStringLower(Bytes(number));

    public ulong? Number(int number) => numbers.TryGetValue(number, out var value) ? value : null;

    public bool Has(int number) => numbers.ContainsKey(number) || blocks.Any(b => b.Number == number);

    private byte[] Bytes(int number) => blocks.FirstOrDefault(b => b.Number == number).Bytes ?? [];
}
