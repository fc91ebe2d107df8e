using System.Text;
using Google.Protobuf;

namespace Jiceng.TestSupport;

/// <summary>The fields, by number, of a protobuf message without its schema.</summary>
internal sealed class ProtobufFields
{
    private readonly List<(int Number, byte[] Bytes)> _blocks = [];
    private readonly Dictionary<int, ulong> _numbers = [];

    public ProtobufFields(byte[] message)
    {
        var input = new CodedInputStream(message);
        for (uint tag; (tag = input.ReadTag()) != 0;)
        {
            var number = WireFormat.GetTagFieldNumber(tag);
            switch (WireFormat.GetTagWireType(tag))
            {
                case WireFormat.WireType.Varint: _numbers[number] = input.ReadUInt64(); break;
                case WireFormat.WireType.Fixed64: _numbers[number] = input.ReadFixed64(); break;
                case WireFormat.WireType.Fixed32: _numbers[number] = input.ReadFixed32(); break;
                default: _blocks.Add((number, input.ReadBytes().ToByteArray())); break;
            }
        }
    }

    public IEnumerable<ProtobufFields> Messages(int number) => _blocks.Where(b => b.Number == number).Select(b => new ProtobufFields(b.Bytes));

    public string Text(int number) => Encoding.UTF8.GetString(Bytes(number));

    public string Hex(int number) => Convert.ToHexStringLower(Bytes(number));

    public ulong? Number(int number) => _numbers.TryGetValue(number, out var value) ? value : null;

    public bool Has(int number) => _numbers.ContainsKey(number) || _blocks.Any(b => b.Number == number);

    private byte[] Bytes(int number) => _blocks.FirstOrDefault(b => b.Number == number).Bytes ?? [];
}
