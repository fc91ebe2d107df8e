using System.Collections;
using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Jiceng.Scoring.V1;

namespace Jiceng.Bench.Inputs;

/// <summary>Makes requests from their descriptors that a service is likely to accept.</summary>
internal sealed class MessageMaker(KnownValues known, Random random)
{
    private const int Deepest = 6;
    private static readonly string[] Words = ["路灯不亮", "已清理", "村口垃圾堆放", "按期完成", "表彰决定"];

    public IMessage Make(MethodDescriptor method) => Make(method.InputType, method.Name, 0);

    public IMessage Make(MessageDescriptor type, string method, int depth)
    {
        if (type.ClrType == typeof(Timestamp)) return Timestamp.FromDateTimeOffset(known.Now.AddHours(random.Next(1, 24 * 60)));
        if (type.ClrType == typeof(Scheme)) return known.Scheme.Clone();
        var message = type.Parser.ParseFrom(ByteString.Empty);
        var chosen = type.Oneofs.ToDictionary(group => group, group => group.Fields[random.Next(group.Fields.Count)]);
        foreach (var field in type.Fields.InDeclarationOrder())
        {
            if (field.RealContainingOneof is { } oneof && chosen[oneof] != field) continue;
            if (Skip(field, method, depth)) continue;
            Fill(message, field, method, depth);
        }

        return message;
    }

    private bool Skip(FieldDescriptor field, string method, int depth)
    {
        var isKnown = known.Find(method, field.ContainingType.Name, field.Name) is not null;
        return field.FieldType == FieldType.Message && (depth >= Deepest || field.MessageType.ClrType == typeof(FieldMask))
            // Other fields are optional and mostly validated: an etag, a page token, a day.
            || (!isKnown && field.Name is "etag" or "page_token" or "period" or "end_date" or "end_reason" or "as_of_date" or "effective_date" or "all_days")
            || (!isKnown && field.RealContainingOneof is null && random.Next(10) == 0);
    }

    private void Fill(IMessage message, FieldDescriptor field, string method, int depth)
    {
        if (field.IsMap) return;
        if (!field.IsRepeated)
        {
            field.Accessor.SetValue(message, Value(field, method, depth));
            return;
        }

        var list = (IList)field.Accessor.GetValue(message);
        for (var i = random.Next(1, 3); i > 0; i--)
        {
            var value = Value(field, method, depth);
            if (!list.Contains(value)) list.Add(value);
        }
    }

    private object Value(FieldDescriptor field, string method, int depth)
    {
        var text = known.Find(method, field.ContainingType.Name, field.Name) is { } values ? values[random.Next(values.Length)] : null;
        // Fields of the same name can be text in one message and numbers in another.
        int? number = int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var parsed) ? parsed : null;
        return field.FieldType switch
        {
            FieldType.Message => Make(field.MessageType, method, depth + 1),
            FieldType.String => text ?? Text(field.Name),
            FieldType.Bool => text is null ? random.Next(2) == 0 : text == "true",
            FieldType.Enum => System.Enum.ToObject(field.EnumType.ClrType, number ?? field.EnumType.Values[random.Next(field.EnumType.Values.Count)].Number),
            FieldType.Int32 => number ?? random.Next(1, 6),
            FieldType.Int64 => (long)random.Next(1, 6),
            FieldType.Double => random.NextDouble(),
            _ => throw new NotSupportedException($"{field.FullName} is {field.FieldType}, which no contract used before."),
        };
    }

    private string Text(string field) => field switch
    {
        "request_id" => NewId(random),
        "code" or "node_code" or "place_code" => "140224205201001",
        _ when field.EndsWith("_id", StringComparison.Ordinal) => NewId(random),
        _ when field.EndsWith("_date", StringComparison.Ordinal) => known.Now.AddDays(-random.Next(1, 30)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        _ => Words[random.Next(Words.Length)],
    };

    public static string NewId(Random random)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes).ToString();
    }
}
