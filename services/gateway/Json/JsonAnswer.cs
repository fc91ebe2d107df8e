using System.Buffers.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf.Reflection;

namespace Jiceng.Gateway.Json;

/// <summary>
/// Writes messages in protobuf's JSON mapping directly from their wire form.
/// </summary>
// JsonFormatter needs generated types, and C# has no dynamic messages: the gateway serves each method of its descriptor set.
internal static class JsonAnswer
{
    /// <summary>Chinese stays readable; HTML characters are not escaped, since responses are never embedded in a page.</summary>
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private const int DeepestNesting = 100;

    public static void Write(Utf8JsonWriter json, JsonMessage message, ReadOnlySpan<byte> wire) => WriteMessage(json, message, wire, 0);

    private static void WriteMessage(Utf8JsonWriter json, JsonMessage message, ReadOnlySpan<byte> wire, int depth)
    {
        if (depth > DeepestNesting) throw new InvalidDataException("The message nests too deep.");
        if (message.Form != JsonForm.Fields)
        {
            WriteWellKnown(json, message, wire, depth);
            return;
        }

        json.WriteStartObject();
        WriteFields(json, message, IsInOrder(wire) ? wire : InOrder(wire), depth);
        json.WriteEndObject();
    }

    /// <summary>Writers put fields by number and the values of one together, but need not.</summary>
    private static bool IsInOrder(ReadOnlySpan<byte> wire)
    {
        var reader = new WireReader(wire);
        for (var last = 0; !reader.AtEnd;)
        {
            var (field, type) = reader.Tag();
            if (field < last) return false;
            last = field;
            reader.Value(type);
        }

        return true;
    }

    private static ReadOnlySpan<byte> InOrder(ReadOnlySpan<byte> wire)
    {
        var reader = new WireReader(wire);
        var parts = new List<(int Field, Range Part)>();
        while (!reader.AtEnd)
        {
            var start = reader.Position;
            var (field, type) = reader.Tag();
            reader.Value(type);
            parts.Add((field, start..reader.Position));
        }

        var ordered = new ByteBuffer(wire.Length);
        foreach (var (_, part) in parts.OrderBy(part => part.Field))
        {
            wire[part].CopyTo(ordered.GetSpan(wire.Length));
            ordered.Advance(wire[part].Length);
        }

        return ordered.Written;
    }

    private static void WriteFields(Utf8JsonWriter json, JsonMessage message, ReadOnlySpan<byte> wire, int depth)
    {
        var reader = new WireReader(wire);
        var last = 0;
        JsonField? open = null;
        while (!reader.AtEnd)
        {
            var (number, type) = reader.Tag();
            var value = reader.Value(type);
            if (number != last) Close(json, ref open);
            var field = message.Find(number);
            if (field is null)
            {
                last = number;
                continue;
            }

            if (!field.IsRepeated)
            {
                // Of a value that stands there twice the last one counts; messages would be merged, which no service of ours makes necessary.
                if (FollowedBySame(reader, number)) continue;
                json.WritePropertyName(field.Written);
                WriteValue(json, field, Checked(field, type, value), depth);
            }
            else
            {
                if (number != last) Open(json, field, ref open);
                if (field.IsMap) WriteEntry(json, field.Message, value.Bytes, depth);
                else if (type == WireType.Length && field.Wire != WireType.Length) WritePacked(json, field, value.Bytes, depth);
                else WriteValue(json, field, Checked(field, type, value), depth);
            }

            last = number;
        }

        Close(json, ref open);
    }

    private static bool FollowedBySame(WireReader rest, int number) => !rest.AtEnd && rest.Tag().Field == number;

    private static void Open(Utf8JsonWriter json, JsonField field, ref JsonField? open)
    {
        json.WritePropertyName(field.Written);
        if (field.IsMap) json.WriteStartObject();
        else json.WriteStartArray();
        open = field;
    }

    private static void Close(Utf8JsonWriter json, ref JsonField? open)
    {
        if (open is null) return;
        if (open.IsMap) json.WriteEndObject();
        else json.WriteEndArray();
        open = null;
    }

    private static void WritePacked(Utf8JsonWriter json, JsonField field, ReadOnlySpan<byte> values, int depth)
    {
        var reader = new WireReader(values);
        while (!reader.AtEnd) WriteValue(json, field, reader.Value(field.Wire), depth);
    }

    /// <summary>A map is a list of messages with a key and a value, each left out when it is empty.</summary>
    private static void WriteEntry(Utf8JsonWriter json, JsonMessage entry, ReadOnlySpan<byte> wire, int depth)
    {
        var (keyField, valueField) = (entry.Find(1)!, entry.Find(2)!);
        WireValue key = default, value = default;
        var reader = new WireReader(wire);
        while (!reader.AtEnd)
        {
            var (number, type) = reader.Tag();
            var read = reader.Value(type);
            if (number == keyField.Number) key = Checked(keyField, type, read);
            else if (number == valueField.Number) value = Checked(valueField, type, read);
        }

        if (keyField.Type == FieldType.String) json.WritePropertyName(key.Bytes);
        else if (keyField.Type == FieldType.Bool) json.WritePropertyName(key.Bits != 0 ? "true" : "false");
        else json.WritePropertyName(Digits(keyField.Type, key.Bits, stackalloc byte[20]));
        WriteValue(json, valueField, value, depth);
    }

    private static WireValue Checked(JsonField field, WireType type, WireValue value) =>
        type == field.Wire ? value : throw new InvalidDataException($"{field.Text} does not stand in the message as its type wants.");

    private static void WriteValue(Utf8JsonWriter json, JsonField field, WireValue value, int depth)
    {
        switch (field.Type)
        {
            case FieldType.String:
                json.WriteStringValue(value.Bytes);
                break;
            case FieldType.Message:
                WriteMessage(json, field.Message, value.Bytes, depth + 1);
                break;
            case FieldType.Bytes:
                json.WriteBase64StringValue(value.Bytes);
                break;
            case FieldType.Bool:
                json.WriteBooleanValue(value.Bits != 0);
                break;
            case FieldType.Enum when field.EnumNames.TryGetValue((int)value.Bits, out var name):
                json.WriteStringValue(name);
                break;
            case FieldType.Double:
                WriteNumber(json, BitConverter.UInt64BitsToDouble(value.Bits));
                break;
            case FieldType.Float:
                WriteNumber(json, BitConverter.UInt32BitsToSingle((uint)value.Bits));
                break;
            case FieldType.Int64 or FieldType.UInt64 or FieldType.SInt64 or FieldType.Fixed64 or FieldType.SFixed64:
                json.WriteStringValue(Digits(field.Type, value.Bits, stackalloc byte[20]));
                break;
            case FieldType.UInt32 or FieldType.Fixed32:
                json.WriteNumberValue((uint)value.Bits);
                break;
            default:
                json.WriteNumberValue(Signed(field.Type, value.Bits));
                break;
        }
    }

    private static void WriteNumber(Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value)) json.WriteNumberValue(value);
        else json.WriteStringValue(NotFinite(value));
    }

    private static void WriteNumber(Utf8JsonWriter json, float value)
    {
        if (float.IsFinite(value)) json.WriteNumberValue(value);
        else json.WriteStringValue(NotFinite(value));
    }

    private static string NotFinite(double value) => double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";

    private static ReadOnlySpan<byte> Digits(FieldType type, ulong bits, Span<byte> room)
    {
        int length;
        if (type is FieldType.UInt64 or FieldType.Fixed64 or FieldType.UInt32 or FieldType.Fixed32)
            Utf8Formatter.TryFormat(type is FieldType.UInt32 ? (uint)bits : bits, room, out length);
        else
            Utf8Formatter.TryFormat(Signed(type, bits), room, out length);
        return room[..length];
    }

    private static long Signed(FieldType type, ulong bits) => type switch
    {
        FieldType.SInt32 or FieldType.SInt64 => (long)(bits >> 1) ^ -(long)(bits & 1),
        FieldType.Int32 or FieldType.SFixed32 or FieldType.Enum => (int)bits,
        _ => (long)bits,
    };

    private static void WriteWellKnown(Utf8JsonWriter json, JsonMessage message, ReadOnlySpan<byte> wire, int depth)
    {
        if (message.Form == JsonForm.FieldMask)
        {
            json.WriteStringValue(JsonTexts.FieldMask(wire));
            return;
        }

        WireValue first = default, second = default;
        var reader = new WireReader(wire);
        while (!reader.AtEnd)
        {
            var (number, type) = reader.Tag();
            var value = reader.Value(type);
            if (number == 1) first = value;
            else if (number == 2) second = value;
        }

        if (message.Form == JsonForm.Wrapper) WriteValue(json, message.Find(1)!, first, depth);
        else if (message.Form == JsonForm.Timestamp) json.WriteStringValue(JsonTexts.Timestamp((long)first.Bits, (int)second.Bits));
        else json.WriteStringValue(JsonTexts.Duration((long)first.Bits, (int)second.Bits));
    }
}
