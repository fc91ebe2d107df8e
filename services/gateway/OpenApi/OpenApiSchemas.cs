using System.Text.Json.Nodes;
using Google.Protobuf.Reflection;
using Jiceng.Gateway.Json;

namespace Jiceng.Gateway.OpenApi;

/// <summary>The JSON Schema of every message, as the gateway reads and writes it.</summary>
internal sealed class OpenApiSchemas
{
    private readonly DocumentLanguage _language;
    private readonly HashSet<MessageDescriptor> _answered = [];
    private readonly SortedDictionary<string, JsonObject> _schemas = new(StringComparer.Ordinal);

    public OpenApiSchemas(DocumentLanguage language, IReadOnlyList<MethodDescriptor> methods)
    {
        _language = language;
        foreach (var method in methods) Reach(method.OutputType);
    }

    /// <summary>Every schema made so far, by name.</summary>
    public JsonObject All() => new(_schemas.Select(schema => KeyValuePair.Create(schema.Key, (JsonNode?)schema.Value.DeepClone())));

    /// <summary>A reference to the schema of a message.</summary>
    /// <param name="type">The message.</param>
    /// <param name="required">The way to a field that a request is refused without.</param>
    public JsonObject Of(MessageDescriptor type, IReadOnlyList<string>? required = null)
    {
        // A message may hold itself: it is there before its fields are looked at.
        if (_schemas.TryAdd(type.FullName, [])) _schemas[type.FullName] = ObjectOf(type);
        if (required is [var name, ..] && type.FindFieldByName(name) is { } field) Require(_schemas[type.FullName], field, required.Skip(1).ToArray());
        return Reference(type.FullName);
    }

    private JsonObject ObjectOf(MessageDescriptor type)
    {
        var properties = new JsonObject();
        var schema = new JsonObject { ["type"] = "object", ["description"] = _language.CommentOf(type), ["properties"] = properties };
        foreach (var field in type.Fields.InDeclarationOrder()) properties[field.JsonName] = Property(field);
        // What answers have may grow, and clients have to live with it; in a request a field that is not known is refused.
        if (!_answered.Contains(type))
        {
            schema["additionalProperties"] = false;
            foreach (var field in type.Fields.InDeclarationOrder())
                if (FieldHints.IsRequired(field)) Require(schema, field, []);
        }

        var choices = type.Oneofs.Where(oneof => !oneof.IsSynthetic).Select(Choice).ToArray();
        if (choices.Length > 0) schema["allOf"] = new JsonArray(choices);
        return schema;
    }

    private JsonObject Property(FieldDescriptor field)
    {
        var property = field switch
        {
            { IsMap: true } => new JsonObject { ["type"] = "object", ["additionalProperties"] = Value(field.MessageType.FindFieldByNumber(2)) },
            { IsRepeated: true } => new JsonObject { ["type"] = "array", ["items"] = Value(field) },
            _ => Value(field),
        };
        property["description"] = _language.CommentOf(field);
        if (FieldHints.IsOutputOnly(field)) property["readOnly"] = true;
        var inside = FieldHints.RequiredInside(field).Select(one => (JsonNode)one.JsonName).ToArray();
        if (inside.Length > 0) property["required"] = new JsonArray(inside);
        return property;
    }

    /// <summary>The schema of one value of a field.</summary>
    private JsonObject Value(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Double => Number("double"),
        FieldType.Float => Number("float"),
        FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 => new JsonObject { ["type"] = "integer", ["format"] = "int32", ["minimum"] = int.MinValue, ["maximum"] = int.MaxValue },
        FieldType.UInt32 or FieldType.Fixed32 => new JsonObject { ["type"] = "integer", ["minimum"] = 0, ["maximum"] = uint.MaxValue },
        FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => new JsonObject { ["type"] = "string", ["format"] = "int64", ["pattern"] = "^-?[0-9]{1,19}$" },
        FieldType.UInt64 or FieldType.Fixed64 => new JsonObject { ["type"] = "string", ["format"] = "uint64", ["pattern"] = "^[0-9]{1,20}$" },
        FieldType.Bool => new JsonObject { ["type"] = "boolean" },
        FieldType.Bytes => new JsonObject { ["type"] = "string", ["contentEncoding"] = "base64" },
        FieldType.Enum => Enum(field.EnumType),
        FieldType.Message => Message(field.MessageType),
        _ => new JsonObject { ["type"] = "string" },
    };

    private JsonObject Message(MessageDescriptor type) => JsonMessage.Of(type).Form switch
    {
        JsonForm.Timestamp => new JsonObject { ["type"] = "string", ["format"] = "date-time" },
        JsonForm.Duration => new JsonObject { ["type"] = "string", ["pattern"] = @"^-?[0-9]{1,12}(\.[0-9]{1,9})?s$" },
        JsonForm.FieldMask => new JsonObject { ["type"] = "string", ["pattern"] = "^([a-z][A-Za-z0-9.]*(,[a-z][A-Za-z0-9.]*)*)?$" },
        JsonForm.Wrapper => Value(type.FindFieldByNumber(1)),
        _ => Of(type),
    };

    private JsonObject Enum(EnumDescriptor type)
    {
        if (!_schemas.ContainsKey(type.FullName))
        {
            var values = type.Values.Select(value => $"- `{value.Name}`: {_language.CommentOf(value)}");
            _schemas[type.FullName] = new JsonObject
            {
                ["type"] = "string",
                ["description"] = $"{_language.CommentOf(type)}\n\n{string.Join('\n', values)}",
                ["enum"] = new JsonArray([.. type.Values.Select(value => (JsonNode)value.Name)]),
            };
        }

        return Reference(type.FullName);
    }

    /// <summary>Of the fields of a oneof at most one may be there, or exactly one where its comment says so.</summary>
    private static JsonNode Choice(OneofDescriptor oneof)
    {
        var fields = oneof.Fields.Select(field => new JsonObject { ["required"] = new JsonArray(field.JsonName) }).ToArray();
        JsonNode[] alternatives = FieldHints.IsRequired(oneof)
            ? [.. fields]
            : [.. fields, new JsonObject { ["not"] = new JsonObject { ["anyOf"] = new JsonArray([.. fields.Select(field => field.DeepClone())]) } }];
        return new JsonObject { ["oneOf"] = new JsonArray(alternatives) };
    }

    /// <summary>Adds a field to those that an object has to have, and the next on the way to those of the field's own object.</summary>
    private static void Require(JsonObject schema, FieldDescriptor field, IReadOnlyList<string> inside)
    {
        if (schema["required"] is not JsonArray names) schema["required"] = names = [];
        if (!names.Any(name => name!.GetValue<string>() == field.JsonName)) names.Add(field.JsonName);
        if (inside is [var next, ..] && field.FieldType == FieldType.Message && field.MessageType.FindFieldByName(next) is { } deeper && schema["properties"]?[field.JsonName] is JsonObject property)
            Require(property, deeper, inside.Skip(1).ToArray());
    }

    private static JsonObject Number(string format) => new()
    {
        ["oneOf"] = new JsonArray(
            new JsonObject { ["type"] = "number", ["format"] = format },
            new JsonObject { ["type"] = "string", ["enum"] = new JsonArray("NaN", "Infinity", "-Infinity") }),
    };

    private static JsonObject Reference(string name) => new() { ["$ref"] = $"#/components/schemas/{name}" };

    private void Reach(MessageDescriptor type)
    {
        if (!_answered.Add(type)) return;
        foreach (var field in type.Fields.InDeclarationOrder())
            if (field.FieldType == FieldType.Message) Reach(field.MessageType);
    }
}
