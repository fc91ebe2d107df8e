using System.Globalization;
using System.Text.Json;
using Google.Protobuf.Reflection;
using Jiceng.Domain;

namespace Jiceng.Gateway.Json;

/// <summary>
/// Reads a message in protobuf's JSON mapping into its wire form. An error names the path of the field and the expected value, never the actual
/// value, which may be personal.
/// </summary>
// JsonParser needs generated types, as JsonFormatter does, and its errors have no path of the field.
internal ref struct JsonRequest
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = JsonMessage.DeepestNesting };

    private readonly ByteBuffer _wire;
    private readonly JsonPath _path = new();
    private Utf8JsonReader _json;

    private JsonRequest(ReadOnlySpan<byte> text, ByteBuffer wire)
    {
        _wire = wire;
        _json = new Utf8JsonReader(text, Options);
    }

    /// <exception cref="ApiException">The text is no JSON, or not that of the message.</exception>
    public static void Read(ReadOnlySpan<byte> text, JsonMessage message, ByteBuffer wire)
    {
        var request = new JsonRequest(text, wire);
        try
        {
            request._json.Read();
            request.ReadMessage(message);
            // Fails when something follows.
            request._json.Read();
        }
        catch (JsonException e)
        {
            throw GatewayErrors.JsonMalformed.With(
                ("line", Text((e.LineNumber ?? 0) + 1)), ("byte", Text((e.BytePositionInLine ?? 0) + 1)), ("depth", Text(JsonMessage.DeepestNesting)));
        }
    }

    private void ReadMessage(JsonMessage message)
    {
        if (message.Form != JsonForm.Fields)
        {
            ReadWellKnown(message);
            return;
        }

        if (_json.TokenType != JsonTokenType.StartObject) throw Wrong("an object");
        var seen = new bool[message.Fields.Count];
        while (_json.Read() && _json.TokenType != JsonTokenType.EndObject)
        {
            var field = message.Find(ref _json) ?? throw Unknown(message);
            _path.Enter(field.Text);
            _json.Read();
            // Left out and null are the same.
            if (_json.TokenType != JsonTokenType.Null)
            {
                CheckOnce(message, field, seen);
                seen[field.Index] = true;
                ReadField(field);
            }

            _path.Leave();
        }
    }

    private readonly void CheckOnce(JsonMessage message, JsonField field, bool[] seen)
    {
        if (seen[field.Index]) throw Wrong("given once");
        if (field.OneOf is not { } one) return;
        foreach (var other in message.Fields)
        {
            if (other.OneOf == one && seen[other.Index]) throw Wrong($"left out when {other.Text} is given");
        }
    }

    private void ReadField(JsonField field)
    {
        if (field.IsMap) ReadMap(field);
        else if (field.IsRepeated) ReadList(field);
        else
        {
            _wire.Tag(field.Number, field.Wire);
            ReadValue(field);
        }
    }

    private void ReadList(JsonField field)
    {
        if (_json.TokenType != JsonTokenType.StartArray) throw Wrong("an array");
        var before = _wire.Length;
        if (field.IsPacked) _wire.Tag(field.Number, WireType.Length);
        var start = _wire.Length;
        var count = 0;
        for (; _json.Read() && _json.TokenType != JsonTokenType.EndArray; count++)
        {
            _path.Enter(count);
            if (!field.IsPacked) _wire.Tag(field.Number, field.Wire);
            ReadValue(field);
            _path.Leave();
        }

        if (count == 0) _wire.CutTo(before);
        else if (field.IsPacked) _wire.PutLengthBefore(start);
    }

    private void ReadMap(JsonField field)
    {
        if (_json.TokenType != JsonTokenType.StartObject) throw Wrong("an object");
        var (key, value) = (field.Message.Find(1)!, field.Message.Find(2)!);
        for (var count = 0; _json.Read() && _json.TokenType != JsonTokenType.EndObject; count++)
        {
            // Keys may be personal: the path has the index instead.
            _path.Enter(count);
            _wire.Tag(field.Number, WireType.Length);
            var start = _wire.Length;
            _wire.Tag(key.Number, key.Wire);
            ReadValue(key);
            _json.Read();
            _wire.Tag(value.Number, value.Wire);
            ReadValue(value);
            _wire.PutLengthBefore(start);
            _path.Leave();
        }
    }

    private void ReadValue(JsonField field)
    {
        switch (field.Type)
        {
            case FieldType.String:
                ReadString();
                break;
            case FieldType.Message:
                var start = _wire.Length;
                ReadMessage(field.Message);
                _wire.PutLengthBefore(start);
                break;
            case FieldType.Bytes:
                ReadBytes();
                break;
            case FieldType.Bool:
                _wire.Varint(ReadBool() ? 1UL : 0);
                break;
            case FieldType.Enum:
                _wire.Varint((ulong)(long)ReadEnum(field));
                break;
            case FieldType.Double:
                _wire.Fixed64(BitConverter.DoubleToUInt64Bits(ReadDouble(double.MaxValue)));
                break;
            case FieldType.Float:
                _wire.Fixed32(BitConverter.SingleToUInt32Bits((float)ReadDouble(float.MaxValue)));
                break;
            case FieldType.UInt64:
                _wire.Varint((ulong)ReadWhole(0, ulong.MaxValue));
                break;
            case FieldType.Fixed64:
                _wire.Fixed64((ulong)ReadWhole(0, ulong.MaxValue));
                break;
            case FieldType.UInt32:
                _wire.Varint((ulong)ReadWhole(0, uint.MaxValue));
                break;
            case FieldType.Fixed32:
                _wire.Fixed32((uint)ReadWhole(0, uint.MaxValue));
                break;
            case FieldType.Int64:
                _wire.Varint((ulong)(long)ReadWhole(long.MinValue, long.MaxValue));
                break;
            case FieldType.SFixed64:
                _wire.Fixed64((ulong)(long)ReadWhole(long.MinValue, long.MaxValue));
                break;
            case FieldType.SInt64:
                _wire.Varint(ZigZag((long)ReadWhole(long.MinValue, long.MaxValue)));
                break;
            case FieldType.SInt32:
                _wire.Varint(ZigZag((long)ReadWhole(int.MinValue, int.MaxValue)));
                break;
            case FieldType.SFixed32:
                _wire.Fixed32((uint)(int)ReadWhole(int.MinValue, int.MaxValue));
                break;
            default:
                _wire.Varint((ulong)(long)ReadWhole(int.MinValue, int.MaxValue));
                break;
        }
    }

    private void ReadString()
    {
        if (!IsText()) throw Wrong("a string");
        var start = _wire.Length;
        try
        {
            _wire.Advance(_json.CopyString(_wire.GetSpan(_json.ValueSpan.Length)));
        }
        catch (InvalidOperationException)
        {
            throw Wrong("a string of whole Unicode characters");
        }

        _wire.PutLengthBefore(start);
    }

    private void ReadBytes()
    {
        const string expected = "bytes in base64";
        if (!IsText()) throw Wrong(expected);
        // Both alphabets, with padding or without.
        var text = TextOf(expected).Replace('-', '+').Replace('_', '/').TrimEnd('=');
        var start = _wire.Length;
        if (!Convert.TryFromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='), _wire.GetSpan(text.Length + 4), out var count)) throw Wrong(expected);
        _wire.Advance(count);
        _wire.PutLengthBefore(start);
    }

    private readonly bool ReadBool() => _json.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        // The key of a map is always a text.
        JsonTokenType.PropertyName when _json.ValueTextEquals("true"u8) => true,
        JsonTokenType.PropertyName when _json.ValueTextEquals("false"u8) => false,
        _ => throw Wrong("true or false"),
    };

    private readonly int ReadEnum(JsonField field)
    {
        if (_json.TokenType == JsonTokenType.String)
        {
            var names = string.Join(", ", field.EnumNames.OrderBy(pair => pair.Key).Select(pair => pair.Value.Value));
            return field.EnumNumbers.TryGetValue(TextOf(names), out var number) ? number : throw Wrong(names);
        }

        return (int)ReadWhole(int.MinValue, int.MaxValue);
    }

    /// <summary>A whole number, also as a text, which is how 64 bits stand in JSON, and also as 1.0 or 1e3.</summary>
    private readonly decimal ReadWhole(decimal least, decimal most)
    {
        const NumberStyles styles = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if ((_json.TokenType == JsonTokenType.Number || IsText())
            && decimal.TryParse(_json.ValueSpan, styles, CultureInfo.InvariantCulture, out var value)
            && value == decimal.Truncate(value) && value >= least && value <= most)
            return value;
        throw Wrong($"a whole number from {Text(least)} to {Text(most)}");
    }

    private readonly double ReadDouble(double most)
    {
        const string expected = "a number that fits, \"NaN\", \"Infinity\" or \"-Infinity\"";
        if (_json.TokenType == JsonTokenType.String)
        {
            if (_json.ValueTextEquals("NaN"u8)) return double.NaN;
            if (_json.ValueTextEquals("Infinity"u8)) return double.PositiveInfinity;
            if (_json.ValueTextEquals("-Infinity"u8)) return double.NegativeInfinity;
        }
        else if (_json.TokenType != JsonTokenType.Number)
        {
            throw Wrong(expected);
        }

        const NumberStyles styles = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return double.TryParse(_json.ValueSpan, styles, CultureInfo.InvariantCulture, out var value) && Math.Abs(value) <= most ? value : throw Wrong(expected);
    }

    private void ReadWellKnown(JsonMessage message)
    {
        switch (message.Form)
        {
            case JsonForm.Wrapper:
                var wrapped = message.Find(1)!;
                _wire.Tag(wrapped.Number, wrapped.Wire);
                ReadValue(wrapped);
                break;
            case JsonForm.FieldMask:
                const string mask = "the names of fields with commas between them, as \"description,acceptDueTime\"";
                foreach (var one in JsonTexts.FieldMask(TextOf(mask)) ?? throw Wrong(mask))
                {
                    _wire.Tag(1, WireType.Length);
                    var start = _wire.Length;
                    _wire.Advance(System.Text.Encoding.UTF8.GetBytes(one, _wire.GetSpan(one.Length)));
                    _wire.PutLengthBefore(start);
                }

                break;
            case JsonForm.Timestamp:
                const string time = "a time as in RFC 3339, for example \"2026-11-22T09:30:00+08:00\"";
                WriteTime(JsonTexts.TryTimestamp(TextOf(time), out var since, out var parts) ? (since, parts) : throw Wrong(time));
                break;
            default:
                const string duration = "seconds with an s, for example \"1.5s\"";
                WriteTime(JsonTexts.TryDuration(TextOf(duration), out var seconds, out var nanos) ? (seconds, nanos) : throw Wrong(duration));
                break;
        }
    }

    private readonly void WriteTime((long Seconds, int Nanos) time)
    {
        _wire.Tag(1, WireType.Varint);
        _wire.Varint((ulong)time.Seconds);
        _wire.Tag(2, WireType.Varint);
        _wire.Varint((ulong)(long)time.Nanos);
    }

    private readonly bool IsText() => _json.TokenType is JsonTokenType.String or JsonTokenType.PropertyName;

    private readonly string TextOf(string expected)
    {
        try
        {
            return IsText() ? _json.GetString()! : throw Wrong(expected);
        }
        catch (InvalidOperationException)
        {
            throw Wrong(expected);
        }
    }

    private readonly ApiException Unknown(JsonMessage message)
    {
        var name = _path.Of(TextOf("a name of whole Unicode characters"));
        var allowed = message.Fields.Count == 0 ? "none" : string.Join(", ", message.Fields.Select(field => field.Text));
        return GatewayErrors.FieldUnknown.With(("field", name), ("message", message.Name), ("allowed", allowed)).At(name, $"{message.Name} has {allowed}");
    }

    private readonly ApiException Wrong(string expected)
    {
        var field = _path.ToString();
        return CommonErrors.ArgumentInvalid.With(("field", field), ("expected", expected)).At(field, expected);
    }

    private static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(decimal number) => number.ToString(CultureInfo.InvariantCulture);
}
