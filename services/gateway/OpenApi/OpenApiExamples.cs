using System.Text.Json.Nodes;
using Google.Protobuf.Reflection;
using Jiceng.Gateway.Json;

namespace Jiceng.Gateway.OpenApi;

/// <summary>A request as it may look, made from the descriptor: values by what fields are called, by their comments, and by their types.</summary>
internal sealed class OpenApiExamples(DocumentLanguage language)
{
    private const int Deepest = 4;

    /// <summary>What a first request has no use for.</summary>
    private static readonly string[] LeftOut = ["page_token", "etag", "after_position", "dry_run"];

    public JsonObject Of(MessageDescriptor type, IReadOnlyList<string> required) => Of(type, required, 0);

    private JsonObject Of(MessageDescriptor type, IReadOnlyList<string> required, int depth)
    {
        var example = new JsonObject();
        foreach (var field in type.Fields.InDeclarationOrder())
        {
            var needed = (required is [var name, ..] && name == field.Name) || FieldHints.IsRequired(field);
            // An output-only field is sent where it names what is changed: scheme_id in a draft.
            if (!needed && (LeftOut.Contains(field.Name) || FieldHints.IsOutputOnly(field))) continue;
            if (field.RealContainingOneof is { } oneof && oneof.Fields[0] != field) continue;
            if (Node(field, needed ? required.Skip(1).ToArray() : [], depth) is { } value) example[field.JsonName] = value;
        }

        return example;
    }

    private JsonNode? Node(FieldDescriptor field, IReadOnlyList<string> required, int depth)
    {
        if (field.IsMap)
        {
            var entry = field.MessageType;
            return Value(entry.FindFieldByNumber(2), [], depth) is { } held ? new JsonObject { [Key(entry.FindFieldByNumber(1))] = held } : null;
        }

        if (Value(field, required, depth) is not { } value) return null;
        return field.IsRepeated ? new JsonArray(value) : value;
    }

    private JsonNode? Value(FieldDescriptor field, IReadOnlyList<string> required, int depth) => field.FieldType switch
    {
        FieldType.String => Text(field),
        FieldType.Bool => true,
        FieldType.Bytes => "amljZW5n",
        FieldType.Enum => field.EnumType.Values[field.EnumType.Values.Count > 1 ? 1 : 0].Name,
        FieldType.Double or FieldType.Float => 0.5,
        FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 or FieldType.UInt64 or FieldType.Fixed64 => "1",
        FieldType.Message => JsonMessage.Of(field.MessageType).Form switch
        {
            JsonForm.Timestamp => "2026-03-31T09:30:00+08:00",
            JsonForm.Duration => "3600s",
            JsonForm.FieldMask => Camel(FieldHints.FirstNamed(field) ?? "name"),
            JsonForm.Wrapper => Value(field.MessageType.FindFieldByNumber(1), [], depth),
            _ => depth < Deepest ? Of(field.MessageType, required, depth + 1) : null,
        },
        _ => field.Name == "page_size" ? 50 : 1,
    };

    private string Text(FieldDescriptor field) => field.Name switch
    {
        "request_id" => "01990000-0000-7000-8000-000000000001",
        "resident_id" => "11010519491231002X",
        "phone" => "13800001234",
        "period" => "2026Q1",
        "category" => "sanitation.rubbish",
        "type" or "types" or "event_type" => "jiceng.grid.case.closed.v1",
        "parent_code" => "140224205",
        "code" => "140224205201",
        "uri" => "https://files.county.example/photo.jpg",
        "start_date" or "from_date" => "2026-01-01",
        var name when name.EndsWith("_code", StringComparison.Ordinal) => "140224205201",
        var name when name.EndsWith("_id", StringComparison.Ordinal) || name.EndsWith("_ids", StringComparison.Ordinal) => "019302f4-5d5e-7c1a-9a51-0d2f5b3e8a11",
        var name when name.EndsWith("_date", StringComparison.Ordinal) => "2026-03-31",
        var name when name.EndsWith("points", StringComparison.Ordinal) => "1.5",
        _ => FieldHints.ExampleOf(field) ?? language.Choose("text", "文本"),
    };

    private static string Key(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.String => "key",
        FieldType.Bool => "true",
        _ => "1",
    };

    private static string Camel(string name) =>
        string.Concat(name.Split('_').Select((part, index) => index == 0 || part.Length == 0 ? part : $"{char.ToUpperInvariant(part[0])}{part[1..]}"));
}
