using System.Text.Json;

namespace Jiceng.Sidecar.Redis;

/// <summary>One stream entry as pubsub.redis writes it: the fields data and, unless it was published without any, metadata.</summary>
internal sealed record StreamMessage(string Topic, string Id, byte[] Data, IReadOnlyDictionary<string, string> Metadata)
{
    private static readonly Dictionary<string, string> None = [];

    /// <summary>The entries in an XREADGROUP or XCLAIM answer; an entry that was deleted meanwhile has no fields and is left out.</summary>
    public static IEnumerable<StreamMessage> From(string topic, RespValue entries)
    {
        foreach (var entry in entries.Items ?? [])
        {
            if (entry.Items is not [var id, { Items: { } fields }]) continue;
            var pairs = fields.Chunk(2).ToDictionary(pair => pair[0].Text, pair => pair[1]);
            yield return new StreamMessage(
                topic,
                id.Text,
                pairs.GetValueOrDefault("data")?.Bytes ?? [],
                ReadMetadata(pairs.GetValueOrDefault("metadata")?.Bytes));
        }
    }

    private static Dictionary<string, string> ReadMetadata(byte[]? json)
    {
        if (json is null) return None;
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, string>>(json) ?? None;
        }
        catch (JsonException)
        {
            // Written by something that is not Dapr; the data may still be an event.
            return None;
        }
    }
}
