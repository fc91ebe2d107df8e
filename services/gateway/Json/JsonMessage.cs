using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf.Reflection;

namespace Jiceng.Gateway.Json;

/// <summary>A message whose JSON is not an object of its fields.</summary>
internal enum JsonForm
{
    Fields,
    Timestamp,
    Duration,
    FieldMask,
    Wrapper,
}

/// <summary>A message of the contracts as protobuf's JSON mapping sees it, made once from its descriptor.</summary>
internal sealed class JsonMessage
{
    public const int DeepestNesting = 64;

    private static readonly ConcurrentDictionary<MessageDescriptor, JsonMessage> Known = new();
    private readonly FrozenDictionary<int, JsonField> _byNumber;

    private JsonMessage(MessageDescriptor descriptor)
    {
        Name = descriptor.FullName;
        Form = FormOf(descriptor);
        Fields = [.. descriptor.Fields.InFieldNumberOrder().Select((field, index) => new JsonField(field, index))];
        _byNumber = Fields.ToFrozenDictionary(field => field.Number);
    }

    public string Name { get; }

    public JsonForm Form { get; }

    /// <summary>By number.</summary>
    public IReadOnlyList<JsonField> Fields { get; }

    public static JsonMessage Of(MessageDescriptor descriptor) => Known.GetOrAdd(descriptor, made => new JsonMessage(made));

    public JsonField? Find(int number) => _byNumber.GetValueOrDefault(number);

    /// <summary>The field that the name in front of the reader means: as JSON has it, or as the proto has it.</summary>
    public JsonField? Find(ref Utf8JsonReader reader)
    {
        foreach (var field in Fields)
        {
            if (reader.ValueTextEquals(field.JsonName) || reader.ValueTextEquals(field.ProtoName)) return field;
        }

        return null;
    }

    private static JsonForm FormOf(MessageDescriptor descriptor) => descriptor.FullName switch
    {
        "google.protobuf.Timestamp" => JsonForm.Timestamp,
        "google.protobuf.Duration" => JsonForm.Duration,
        "google.protobuf.FieldMask" => JsonForm.FieldMask,
        "google.protobuf.Any" or "google.protobuf.Struct" or "google.protobuf.Value" or "google.protobuf.ListValue" =>
            throw new NotSupportedException($"{descriptor.FullName} has no place in the contracts: its JSON would say nothing of what may stand in it"),
        _ when descriptor.File.Name == "google/protobuf/wrappers.proto" => JsonForm.Wrapper,
        _ => JsonForm.Fields,
    };
}

/// <summary>A field of a message as protobuf's JSON mapping sees it.</summary>
internal sealed class JsonField
{
    private readonly FieldDescriptor _descriptor;
    private JsonMessage? _message;

    public JsonField(FieldDescriptor descriptor, int index)
    {
        _descriptor = descriptor;
        Index = index;
        Number = descriptor.FieldNumber;
        Type = descriptor.FieldType;
        IsMap = descriptor.IsMap;
        IsRepeated = descriptor.IsRepeated;
        Text = descriptor.JsonName;
        JsonName = Encoding.UTF8.GetBytes(descriptor.JsonName);
        ProtoName = Encoding.UTF8.GetBytes(descriptor.Name);
        Written = JsonEncodedText.Encode(descriptor.JsonName, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
        OneOf = descriptor.RealContainingOneof?.Index;
        Wire = Type switch
        {
            FieldType.Double or FieldType.Fixed64 or FieldType.SFixed64 => WireType.Fixed64,
            FieldType.Float or FieldType.Fixed32 or FieldType.SFixed32 => WireType.Fixed32,
            FieldType.String or FieldType.Bytes or FieldType.Message => WireType.Length,
            FieldType.Group => throw new NotSupportedException($"{descriptor.FullName} is a group, which proto3 does not have"),
            _ => WireType.Varint,
        };
        IsPacked = descriptor.IsRepeated && Wire != WireType.Length && descriptor.IsPacked;
        if (Type != FieldType.Enum) return;
        // Two names of one number: the first is written, both are read.
        EnumNames = descriptor.EnumType.Values.DistinctBy(value => value.Number)
            .ToFrozenDictionary(value => value.Number, value => JsonEncodedText.Encode(value.Name));
        EnumNumbers = descriptor.EnumType.Values.ToFrozenDictionary(value => value.Name, value => value.Number, StringComparer.Ordinal);
    }

    /// <summary>Place among the fields of its message.</summary>
    public int Index { get; }

    public int Number { get; }

    public FieldType Type { get; }

    public WireType Wire { get; }

    public bool IsMap { get; }

    /// <summary>Maps too.</summary>
    public bool IsRepeated { get; }

    public bool IsPacked { get; }

    /// <summary>The name in JSON.</summary>
    public string Text { get; }

    public byte[] JsonName { get; }

    public byte[] ProtoName { get; }

    public JsonEncodedText Written { get; }

    /// <summary>Which oneof of its message it belongs to.</summary>
    public int? OneOf { get; }

    public FrozenDictionary<int, JsonEncodedText> EnumNames { get; } = FrozenDictionary<int, JsonEncodedText>.Empty;

    public FrozenDictionary<string, int> EnumNumbers { get; } = FrozenDictionary<string, int>.Empty;

    /// <summary>Of a field that holds messages; the entries, for a map.</summary>
    public JsonMessage Message => _message ??= JsonMessage.Of(_descriptor.MessageType);
}
