using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Google.Protobuf.Reflection;
using Jiceng.Gateway.Json;
using Microsoft.OpenApi;

namespace Jiceng.Gateway.OpenApi;

/// <summary>The JSON Schema of every message, as the gateway reads and writes it.</summary>
internal sealed class OpenApiSchemas
{
    private readonly DocumentLanguage _language;
    private readonly HashSet<MessageDescriptor> _answered = [];
    private readonly SortedDictionary<string, IOpenApiSchema> _schemas = new(StringComparer.Ordinal);

    public OpenApiSchemas(DocumentLanguage language, IReadOnlyList<MethodDescriptor> methods)
    {
        _language = language;
        foreach (var method in methods) Reach(method.OutputType);
    }

    /// <summary>Every schema made so far, by name.</summary>
    public IReadOnlyDictionary<string, IOpenApiSchema> All => _schemas;

    /// <summary>A reference to the schema of a message.</summary>
    /// <param name="type">The message.</param>
    /// <param name="required">The way to a field that a request is refused without.</param>
    public OpenApiSchemaReference Of(MessageDescriptor type, IReadOnlyList<string>? required = null)
    {
        // A message may hold itself: it is there before its fields are looked at.
        var schema = new OpenApiSchema { Type = JsonSchemaType.Object };
        if (_schemas.TryAdd(type.FullName, schema)) Describe(schema, type);
        if (required is [var name, ..] && type.FindFieldByName(name) is { } field) Require(_schemas[type.FullName], field, required.Skip(1).ToArray());
        return new OpenApiSchemaReference(type.FullName);
    }

    private void Describe(OpenApiSchema schema, MessageDescriptor type)
    {
        schema.Description = _language.CommentOf(type);
        schema.Properties = type.Fields.InDeclarationOrder().ToDictionary(field => field.JsonName, Property);
        // What answers have may grow, and clients have to live with it; in a request a field that is not known is refused.
        if (!_answered.Contains(type))
        {
            schema.AdditionalPropertiesAllowed = false;
            foreach (var field in type.Fields.InDeclarationOrder().Where(FieldHints.IsRequired)) Require(schema, field, []);
        }

        schema.AllOf = [.. type.Oneofs.Where(oneof => !oneof.IsSynthetic).Select(Choice)];
    }

    private IOpenApiSchema Property(FieldDescriptor field)
    {
        var property = field switch
        {
            { IsMap: true } => new OpenApiSchema { Type = JsonSchemaType.Object, AdditionalProperties = Value(field.MessageType.FindFieldByNumber(2)) },
            { IsRepeated: true } => new OpenApiSchema { Type = JsonSchemaType.Array, Items = Value(field) },
            _ => Value(field),
        };
        property.Description = _language.CommentOf(field);
        if (FieldHints.IsOutputOnly(field))
        {
            if (property is OpenApiSchemaReference reference) reference.ReadOnly = true;
            else ((OpenApiSchema)property).ReadOnly = true;
        }

        foreach (var inside in FieldHints.RequiredInside(field)) Require(property, inside, []);
        return property;
    }

    /// <summary>The schema of one value of a field.</summary>
    private IOpenApiSchema Value(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Double => Number("double"),
        FieldType.Float => Number("float"),
        FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 => Integer(int.MinValue, int.MaxValue, "int32"),
        FieldType.UInt32 or FieldType.Fixed32 => Integer(0, uint.MaxValue, null),
        FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => Text(format: "int64", pattern: "^-?[0-9]{1,19}$"),
        FieldType.UInt64 or FieldType.Fixed64 => Text(format: "uint64", pattern: "^[0-9]{1,20}$"),
        FieldType.Bool => new OpenApiSchema { Type = JsonSchemaType.Boolean },
        FieldType.Bytes => new OpenApiSchema { Type = JsonSchemaType.String, ContentEncoding = "base64" },
        FieldType.Enum => Enum(field.EnumType),
        FieldType.Message => Message(field.MessageType),
        _ => Text(),
    };

    private IOpenApiSchema Message(MessageDescriptor type) => JsonMessage.Of(type).Form switch
    {
        JsonForm.Timestamp => Text(format: "date-time"),
        JsonForm.Duration => Text(pattern: @"^-?[0-9]{1,12}(\.[0-9]{1,9})?s$"),
        JsonForm.FieldMask => Text(pattern: "^([a-z][A-Za-z0-9.]*(,[a-z][A-Za-z0-9.]*)*)?$"),
        JsonForm.Wrapper => Value(type.FindFieldByNumber(1)),
        _ => Of(type),
    };

    private OpenApiSchemaReference Enum(EnumDescriptor type)
    {
        if (!_schemas.ContainsKey(type.FullName))
        {
            var values = type.Values.Select(value => $"- `{value.Name}`: {_language.CommentOf(value)}");
            _schemas[type.FullName] = new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Description = $"{_language.CommentOf(type)}\n\n{string.Join('\n', values)}",
                Enum = [.. type.Values.Select(value => (JsonNode)value.Name)],
            };
        }

        return new OpenApiSchemaReference(type.FullName);
    }

    /// <summary>Of the fields of a oneof at most one may be there, or exactly one where its comment says so.</summary>
    private static OpenApiSchema Choice(OneofDescriptor oneof)
    {
        IOpenApiSchema[] fields = [.. oneof.Fields.Select(field => new OpenApiSchema { Required = new HashSet<string> { field.JsonName } })];
        return new OpenApiSchema { OneOf = FieldHints.IsRequired(oneof) ? fields : [.. fields, new OpenApiSchema { Not = new OpenApiSchema { AnyOf = fields } }] };
    }

    /// <summary>Adds a field to those that an object has to have, and the next on the way to those of the field's own object.</summary>
    private static void Require(IOpenApiSchema schema, FieldDescriptor field, IReadOnlyList<string> inside)
    {
        var names = schema switch
        {
            OpenApiSchema own => own.Required ??= new HashSet<string>(),
            OpenApiSchemaReference reference => reference.Reference.Required ??= new HashSet<string>(),
            _ => throw new UnreachableException(),
        };
        names.Add(field.JsonName);
        if (inside is [var next, ..] && field.FieldType == FieldType.Message && field.MessageType.FindFieldByName(next) is { } deeper && schema.Properties is { } properties)
            Require(properties[field.JsonName], deeper, inside.Skip(1).ToArray());
    }

    private static OpenApiSchema Text(string? format = null, string? pattern = null) => new() { Type = JsonSchemaType.String, Format = format, Pattern = pattern };

    private static OpenApiSchema Integer(long least, long most, string? format) => new()
    {
        Type = JsonSchemaType.Integer,
        Format = format,
        Minimum = least.ToString(CultureInfo.InvariantCulture),
        Maximum = most.ToString(CultureInfo.InvariantCulture),
    };

    private static OpenApiSchema Number(string format) => new()
    {
        OneOf =
        [
            new OpenApiSchema { Type = JsonSchemaType.Number, Format = format },
            new OpenApiSchema { Type = JsonSchemaType.String, Enum = ["NaN", "Infinity", "-Infinity"] },
        ],
    };

    private void Reach(MessageDescriptor type)
    {
        if (!_answered.Add(type)) return;
        foreach (var field in type.Fields.InDeclarationOrder())
            if (field.FieldType == FieldType.Message) Reach(field.MessageType);
    }
}
