using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace Jiceng.IntegrationTests.Gateway;

/// <summary>Messages of any type with values in most of their fields, the same ones for the same seed.</summary>
internal sealed class SampleMessages(int seed)
{
    private const int Deepest = 3;
    private static readonly string[] Texts = ["赵北村", "a \"quoted\"\\ line\nand a tab\t", "𠮷野家 🏠", "<b>&</b>\u2028", "0", "x\u0001"];
    private static readonly long[] Numbers = [long.MinValue, -1, 0, 1, int.MaxValue, 9_007_199_254_740_993, long.MaxValue];
    private static readonly double[] Fractions = [0.1, -2.5e-7, 1e300, double.NaN, double.NegativeInfinity, 3, double.Epsilon];
    private readonly Random _random = new(seed);

    public IMessage Of(MessageDescriptor type, int depth = 0)
    {
        var message = type.Parser.ParseFrom([]);
        switch (message)
        {
            case Timestamp time:
                (time.Seconds, time.Nanos) = (_random.NextInt64(-62_135_596_800, 253_402_300_800), Nanos());
                return time;
            case Duration duration:
                (duration.Seconds, duration.Nanos) = (_random.NextInt64(0, 315_576_000_000), Nanos());
                if (_random.Next(2) == 0) (duration.Seconds, duration.Nanos) = (-duration.Seconds, -duration.Nanos);
                return duration;
            case FieldMask mask:
                mask.Paths.AddRange(["display_name", "node.parent_code", "code"]);
                return mask;
        }

        foreach (var field in type.Fields.InFieldNumberOrder())
        {
            if (_random.Next(4) == 0 || (field.FieldType == FieldType.Message && depth >= Deepest)) continue;
            if (field.IsMap)
            {
                var entries = (IDictionary)field.Accessor.GetValue(message);
                for (var i = _random.Next(3); i > 0; i--) entries[Value(field.MessageType.FindFieldByNumber(1), depth)] = Value(field.MessageType.FindFieldByNumber(2), depth);
            }
            else if (field.IsRepeated)
            {
                var list = (IList)field.Accessor.GetValue(message);
                for (var i = _random.Next(4); i > 0; i--) list.Add(Value(field, depth));
            }
            else
            {
                field.Accessor.SetValue(message, Value(field, depth));
            }
        }

        return message;
    }

    private object Value(FieldDescriptor field, int depth) => field.FieldType switch
    {
        FieldType.String => Pick(Texts),
        FieldType.Bytes => ByteString.CopyFrom([.. Enumerable.Range(0, _random.Next(5)).Select(i => (byte)(250 + i))]),
        FieldType.Bool => _random.Next(2) == 0,
        FieldType.Enum => field.EnumType.Values[_random.Next(field.EnumType.Values.Count)].Number,
        FieldType.Double => Pick(Fractions),
        FieldType.Float => (float)Pick(Fractions),
        FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 => (int)Pick(Numbers),
        FieldType.UInt32 or FieldType.Fixed32 => (uint)Pick(Numbers),
        FieldType.UInt64 or FieldType.Fixed64 => (ulong)Pick(Numbers),
        FieldType.Message when field.MessageType.File.Name == "google/protobuf/wrappers.proto" => Value(field.MessageType.FindFieldByNumber(1), depth),
        FieldType.Message => Of(field.MessageType, depth + 1),
        _ => Pick(Numbers),
    };

    /// <summary>0, 3, 6 or 9 digits.</summary>
    private int Nanos() => _random.Next(4) switch
    {
        0 => 0,
        1 => 5_000_000 * _random.Next(1, 200),
        2 => 1_000 * _random.Next(1, 1_000_000),
        _ => _random.Next(1, 1_000_000_000),
    };

    private T Pick<T>(T[] from) => from[_random.Next(from.Length)];
}
