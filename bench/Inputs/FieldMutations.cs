using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace Jiceng.Bench.Inputs;

/// <summary>Puts an unexpected value into one field. The message remains one that any client can send.</summary>
internal sealed class FieldMutations(Random random)
{
    private const int Huge = 20_000;
    private static readonly int[] Numbers = [0, -1, int.MinValue, int.MaxValue, 1001, 366, -366];
    private static readonly long[] Seconds = [long.MinValue, long.MaxValue, -62_135_596_800, -62_135_596_801, 253_402_300_799, 253_402_300_800, 0, -1];
    private static readonly int[] Nanos = [-1, int.MinValue, 1_000_000_000, int.MaxValue, 999_999_999];
    private static readonly string[] Tokens = ["AAAA", "W10", "WyJhIiwiYiJd", "bnVsbA", "eyJhIjoxfQ", "=", "....", "WyIwMDAwMDAwMDAwMDAwMDAwIiwiMjAyNiIsIjEiXQ", "////", "WzFd"];
    private static readonly string[] Etags = ["0", "-1", "99999999999999999999", "W/\"1\"", "１", "1 ", " 1"];
    private static readonly string[] Paths = ["*", "name", "Name", "no_such", "a.b.c", "", "*,*", "etag", "person_id"];

    /// <summary>Changes the message in place and returns a description for the report.</summary>
    public string Apply(IMessage message)
    {
        var places = new List<(IMessage Message, FieldDescriptor Field)>();
        Collect(message, places);
        if (places.Count == 0) return "nothing to mutate";
        var (holder, field) = places[random.Next(places.Count)];
        return $"{field.Name}: {Mutate(holder, field)}";
    }

    /// <summary>Puts the same text into every free-text field; such a message may be accepted.</summary>
    public string Storable(IMessage message)
    {
        var text = Pick(HostileText.Storable);
        var places = new List<(IMessage Message, FieldDescriptor Field)>();
        Collect(message, places);
        foreach (var (holder, field) in places.Where(place => IsText(place.Field) && !place.Field.IsRepeated && place.Field.Accessor.GetValue(place.Message) is string { Length: > 0 }))
            field.Accessor.SetValue(holder, text);
        return $"texts: {Printable(text)}";
    }

    public static bool IsText(FieldDescriptor field) => field.FieldType == FieldType.String
        && field.Name is "name" or "display_name" or "description" or "remark" or "reason" or "result" or "task" or "title" or "title_en" or "division" or "document_number"
            or "rectification_plan" or "end_remark" or "purpose" or "name_part";

    private static void Collect(IMessage message, List<(IMessage, FieldDescriptor)> places)
    {
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder().Where(field => !field.IsMap))
        {
            places.Add((message, field));
            if (field.FieldType != FieldType.Message) continue;
            IEnumerable inner = field.IsRepeated ? (IList)field.Accessor.GetValue(message) : field.HasPresence && field.Accessor.HasValue(message) ? new[] { field.Accessor.GetValue(message) } : Array.Empty<object>();
            foreach (IMessage one in inner) Collect(one, places);
        }
    }

    private string Mutate(IMessage holder, FieldDescriptor field)
    {
        if (field.IsRepeated) return Repeat((IList)field.Accessor.GetValue(holder), field);
        if (random.Next(8) == 0)
        {
            field.Accessor.Clear(holder);
            return "left out";
        }

        var value = Value(field);
        field.Accessor.SetValue(holder, value);
        return Printable(value.ToString() ?? "");
    }

    private string Repeat(IList list, FieldDescriptor field)
    {
        switch (random.Next(4))
        {
            case 0:
                list.Clear();
                return "emptied";
            case 1:
                var count = random.Next(8) == 0 ? Huge : random.Next(100, 1500);
                var same = list.Count > 0 ? list[0]! : Value(field);
                while (list.Count < count) list.Add(same);
                return $"{count} times";
            default:
                var value = Value(field);
                list.Add(value);
                return $"and {Printable(value.ToString() ?? "")}";
        }
    }

    private object Value(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.String => field.Name switch
        {
            "page_token" => Pick(Tokens),
            "etag" => Pick(Etags),
            _ => Pick(HostileText.All),
        },
        FieldType.Bool => random.Next(2) == 0,
        FieldType.Enum => System.Enum.ToObject(field.EnumType.ClrType, Pick(Numbers)),
        FieldType.Int32 => Pick(Numbers),
        FieldType.Int64 => Pick(Seconds),
        FieldType.Double => random.Next(2) == 0 ? double.NaN : double.NegativeInfinity,
        FieldType.Message when field.MessageType.ClrType == typeof(Timestamp) => new Timestamp { Seconds = Pick(Seconds), Nanos = random.Next(2) == 0 ? 0 : Pick(Nanos) },
        FieldType.Message when field.MessageType.ClrType == typeof(FieldMask) => new FieldMask { Paths = { Enumerable.Range(0, random.Next(1, 4)).Select(_ => Pick(Paths)) } },
        FieldType.Message => field.MessageType.Parser.ParseFrom(ByteString.Empty),
        _ => throw new NotSupportedException($"{field.FullName} is {field.FieldType}, which no contract used before."),
    };

    private T Pick<T>(IReadOnlyList<T> from) => from[random.Next(from.Count)];

    // Characters that could disturb the terminal or are invisible are shown as code points.
    private static string Printable(string text) => $"{string.Concat(text.Take(40).Select(c => char.IsLetterOrDigit(c) || c is >= ' ' and <= '~' ? $"{c}" : $"\\u{(int)c:x4}"))}{(text.Length > 40 ? "…" : "")} ({text.Length})";
}
