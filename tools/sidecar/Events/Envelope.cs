using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Jiceng.Sidecar.Events;

/// <summary>The trace fields of an envelope; empty when the caller sent no trace.</summary>
internal readonly record struct TraceFields(string Parent, string State);

/// <summary>Builds CloudEvents 1.0 envelopes like daprd.</summary>
internal static class Envelope
{
    private const string DefaultType = "com.dapr.event.sent";
    private const string DefaultSource = "Dapr";
    private const string SpecVersion = "1.0";

    private static readonly JsonDocumentOptions ParseOptions = new() { MaxDepth = 1000 };
    private static readonly JsonWriterOptions WriteOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 1000 };

    /// <exception cref="JsonException">The content type is CloudEvents, but the body is not a JSON object.</exception>
    public static byte[] Build(
        PublishTarget target, string contentType, ReadOnlyMemory<byte> body, IReadOnlyDictionary<string, string>? metadata, TraceFields trace, DateTimeOffset now)
    {
        var fields = MediaTypes.IsCloudEvent(contentType)
            ? PassThrough(target, body, trace, now)
            : Wrap(target, contentType, body, metadata, trace, now);
        if (PublishMetadata.TimeToLive(metadata) is { } ttl) fields["expiration"] = Text(GoValues.Rfc3339((now + ttl).ToUniversalTime()));
        return Write(fields);
    }

    /// <summary>The envelope around the stored bytes for a subscriber with rawPayload; its id is new for each delivery.</summary>
    public static byte[] AroundRawBytes(string pubsub, string topic, ReadOnlyMemory<byte> body, DateTimeOffset now) => Write(new(StringComparer.Ordinal)
    {
        ["id"] = Text(NewId(now)),
        ["specversion"] = Text(SpecVersion),
        ["datacontenttype"] = Text("application/octet-stream"),
        ["source"] = Text(DefaultSource),
        ["type"] = Text(DefaultType),
        ["topic"] = Text(topic),
        ["pubsubname"] = Text(pubsub),
        ["data_base64"] = Text(Convert.ToBase64String(body.Span)),
    });

    /// <exception cref="JsonException">The bytes are not a JSON object.</exception>
    public static JsonElement Parse(ReadOnlyMemory<byte> stored)
    {
        using var document = JsonDocument.Parse(stored, ParseOptions);
        return document.RootElement.ValueKind == JsonValueKind.Object
            ? document.RootElement.Clone()
            : throw new JsonException("a CloudEvent is a JSON object");
    }

    public static bool HasExpired(JsonElement cloudEvent, DateTimeOffset now) =>
        Field(cloudEvent, "expiration") is { } text
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var expiration)
        && expiration < now;

    /// <summary>The text of a field, or null when it is absent or not a string.</summary>
    public static string? Field(JsonElement cloudEvent, string name) =>
        cloudEvent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static SortedDictionary<string, JsonElement> Wrap(
        PublishTarget target, string contentType, ReadOnlyMemory<byte> body, IReadOnlyDictionary<string, string>? metadata, TraceFields trace, DateTimeOffset now)
    {
        var declared = contentType.Length == 0 ? "text/plain" : contentType;
        var parent = Override(metadata, "traceparent") ?? Override(metadata, "traceid") ?? trace.Parent;
        var fields = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal)
        {
            ["id"] = Text(Override(metadata, "id") ?? NewId(now)),
            ["source"] = Text(Override(metadata, "source") ?? target.AppId),
            ["type"] = Text(Override(metadata, "type") ?? DefaultType),
            ["specversion"] = Text(SpecVersion),
            ["datacontenttype"] = Text(declared),
            ["topic"] = Text(target.Topic),
            ["pubsubname"] = Text(target.Pubsub),
            ["time"] = Text(GoValues.Rfc3339(now.ToLocalTime())),
            ["traceid"] = Text(parent),
            ["traceparent"] = Text(parent),
            ["tracestate"] = Text(Override(metadata, "tracestate") ?? trace.State),
        };
        if (Override(metadata, "subject") is { } subject) fields["subject"] = Text(subject);
        if (MediaTypes.IsBinary(declared)) fields["data_base64"] = Text(Convert.ToBase64String(body.Span));
        else fields["data"] = MediaTypes.IsJson(declared) ? JsonOrText(body) : Text(Encoding.UTF8.GetString(body.Span));
        return fields;
    }

    private static SortedDictionary<string, JsonElement> PassThrough(PublishTarget target, ReadOnlyMemory<byte> body, TraceFields trace, DateTimeOffset now)
    {
        var fields = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var property in Parse(body).EnumerateObject()) fields[property.Name] = property.Value;

        fields["topic"] = Text(target.Topic);
        fields["pubsubname"] = Text(target.Pubsub);
        Default("source", DefaultSource);
        Default("type", DefaultType);
        Default("specversion", SpecVersion);
        Default("time", GoValues.Rfc3339(now.ToLocalTime()));
        if (Missing("traceid"))
        {
            fields["traceid"] = Text(trace.Parent);
            fields["traceparent"] = Text(trace.Parent);
        }

        Default("tracestate", trace.State);
        return fields;

        bool Missing(string name) => !fields.TryGetValue(name, out var value) || value.ValueKind == JsonValueKind.Null;

        void Default(string name, string value)
        {
            if (Missing(name)) fields[name] = Text(value);
        }
    }

    private static string? Override(IReadOnlyDictionary<string, string>? metadata, string name) => PublishMetadata.Find(metadata, "cloudevent." + name);

    private static string NewId(DateTimeOffset now) => Guid.CreateVersion7(now).ToString();

    private static JsonElement Text(string value) => JsonSerializer.SerializeToElement(value);

    private static JsonElement JsonOrText(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, ParseOptions);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return Text(Encoding.UTF8.GetString(body.Span));
        }
    }

    private static byte[] Write(SortedDictionary<string, JsonElement> fields)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer, WriteOptions);
        writer.WriteStartObject();
        foreach (var (name, value) in fields)
        {
            writer.WritePropertyName(name);
            value.WriteTo(writer);
        }

        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}

/// <summary>The publisher and its topic.</summary>
internal readonly record struct PublishTarget(string AppId, string Pubsub, string Topic);
