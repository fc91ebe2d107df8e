using System.Diagnostics;
using System.Text.Json;
using Jiceng.Domain;

namespace Jiceng.Messaging;

/// <summary>An event with its attributes and its payload as proto-JSON; the inside of a CloudEvent.</summary>
internal sealed record Envelope
{
    public required Guid Id { get; init; }

    public required string Topic { get; init; }

    public required string Type { get; init; }

    public required string Source { get; init; }

    public required string Subject { get; init; }

    public PlaceCode? Place { get; init; }

    public required long Sequence { get; init; }

    public required DateTimeOffset Time { get; init; }

    public string? TraceParent { get; init; }

    public required string DataJson { get; init; }

    /// <summary>The trace of the change, or none when there is no valid one.</summary>
    public ActivityContext Trace => ActivityContext.TryParse(TraceParent, null, isRemote: true, out var context) ? context : default;
}

/// <summary>A message that is no CloudEvent of this suite. The text names the fault, never the values of the message.</summary>
internal sealed class MalformedEventException(string problem) : Exception(problem);

/// <summary>CloudEvents 1.0 in JSON (application/cloudevents+json), with the extensions traceparent, sequence and place.</summary>
internal static class CloudEvents
{
    public const string ContentType = "application/cloudevents+json";

    /// <summary>Source of the events on a topic: <c>jiceng/grid</c> for <c>jiceng.grid.case.v1</c>.</summary>
    public static string SourceOf(string topic) => topic.Split('.') is ["jiceng", var service, ..]
        ? $"jiceng/{service}"
        : throw new ArgumentException($"Topic {topic} is not named jiceng.<service>.<resource>.v1.", nameof(topic));

    public static byte[] Write(Envelope envelope)
    {
        using var buffer = new MemoryStream(512 + envelope.DataJson.Length);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("specversion", "1.0");
            json.WriteString("id", envelope.Id);
            json.WriteString("source", envelope.Source);
            json.WriteString("type", envelope.Type);
            json.WriteString("subject", envelope.Subject);
            json.WriteString("time", envelope.Time);
            json.WriteString("datacontenttype", "application/json");
            json.WriteString("topic", envelope.Topic);
            // CloudEvents integers have 32 bits, so a 64-bit one goes as text.
            json.WriteString("sequence", envelope.Sequence.ToString(System.Globalization.CultureInfo.InvariantCulture));
            if (envelope.Place is { } place) json.WriteString("place", place.Value);
            if (envelope.TraceParent is { } trace)
            {
                json.WriteString("traceparent", trace);
                // The sidecar replaces a traceparent that has no traceid.
                json.WriteString("traceid", trace);
            }

            json.WritePropertyName("data");
            json.WriteRawValue(envelope.DataJson);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <exception cref="MalformedEventException">It is no CloudEvent of this suite.</exception>
    public static Envelope Read(ReadOnlyMemory<byte> message)
    {
        try
        {
            using var document = JsonDocument.Parse(message);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) throw new MalformedEventException("not a JSON object");
            var type = Required(root, "type");
            if (!Guid.TryParse(Required(root, "id"), out var id)) throw new MalformedEventException("id is no UUID");
            if (!root.TryGetProperty("data", out var data) || data.ValueKind != JsonValueKind.Object)
                throw new MalformedEventException("data is no JSON object");
            var place = Optional(root, "place");
            if (place is not null && !PlaceCode.TryParse(place, out _)) throw new MalformedEventException("place is no place code");
            return new Envelope
            {
                Id = id,
                Topic = Optional(root, "topic") ?? "",
                Type = type,
                Source = Required(root, "source"),
                Subject = Optional(root, "subject") ?? "",
                Place = place is null ? null : PlaceCode.Parse(place),
                Sequence = long.TryParse(Optional(root, "sequence"), out var sequence) ? sequence : throw new MalformedEventException("sequence is no integer"),
                Time = DateTimeOffset.TryParse(Optional(root, "time"), System.Globalization.CultureInfo.InvariantCulture, out var time)
                    ? time
                    : throw new MalformedEventException("time is no time"),
                TraceParent = Optional(root, "traceparent"),
                DataJson = data.GetRawText(),
            };
        }
        catch (Exception failure) when (IsNotText(failure))
        {
            throw new MalformedEventException("not JSON");
        }
    }

    /// <summary>The readable parts of a message that may be malformed.</summary>
    public static (string? Id, string Type, string Topic) Peek(ReadOnlyMemory<byte> message)
    {
        try
        {
            using var document = JsonDocument.Parse(message);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? (Optional(document.RootElement, "id"), Optional(document.RootElement, "type") ?? "", Optional(document.RootElement, "topic") ?? "")
                : (null, "", "");
        }
        catch (Exception failure) when (IsNotText(failure))
        {
            return (null, "", "");
        }
    }

    // Bytes that are no UTF-8, and halves of surrogate pairs, are met only when a string is taken out.
    private static bool IsNotText(Exception failure) => failure is JsonException or InvalidOperationException;

    private static string Required(JsonElement root, string name) => Optional(root, name) is { Length: > 0 } value
        ? value
        : throw new MalformedEventException($"{name} is missing");

    private static string? Optional(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
