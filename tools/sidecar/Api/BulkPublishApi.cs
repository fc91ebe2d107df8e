using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Jiceng.Sidecar.Events;
using Jiceng.Sidecar.Publishing;

namespace Jiceng.Sidecar.Api;

internal static class BulkPublishApi
{
    private static readonly JsonSerializerOptions AnyCase = new() { PropertyNameCaseInsensitive = true };

    public static void Map(WebApplication app, Publisher publisher, long bodyLimit)
    {
        foreach (var version in (string[])["v1.0", "v1.0-alpha1"])
            app.MapMethods($"/{version}/publish/bulk/{{pubsub}}/{{**topic:minlength(1)}}", PublishApi.Methods, context => HandleAsync(context, publisher, bodyLimit));
    }

    private static async Task HandleAsync(HttpContext context, Publisher publisher, long bodyLimit)
    {
        var (pubsub, topic) = PublishApi.Target(context, publisher);
        var common = PublishApi.Metadata(context.Request);
        var raw = Publisher.IsRaw(pubsub, common);
        var entries = ReadEntries(await PublishApi.ReadBodyAsync(context, bodyLimit, pubsub.Name, topic), pubsub.Name, topic)
            .Select(entry => ToBulkEntry(entry, common, raw, pubsub.Name, topic)).ToList();

        var failed = await publisher.PublishAllAsync(pubsub, topic, entries, PublishApi.Trace(context.Request), context.RequestAborted);
        if (failed.Count == 0)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        var list = new JsonArray([.. failed.Select(f => new JsonObject { ["entryId"] = f.EntryId, ["error"] = f.Error })]);
        var body = new JsonObject { ["failedEntries"] = list, ["errorCode"] = "ERR_PUBSUB_PUBLISH_MESSAGE" };
        await ApiErrors.WriteAsync(context, StatusCodes.Status500InternalServerError, body);
    }

    private static List<Entry> ReadEntries(byte[] body, string pubsub, string topic)
    {
        List<Entry> entries;
        try
        {
            entries = JsonSerializer.Deserialize<List<Entry>>(body, AnyCase) ?? [];
        }
        catch (JsonException e)
        {
            throw ApiError.Entries(pubsub, topic, e.Message);
        }

        var ids = new HashSet<string>();
        foreach (var entry in entries)
        {
            if (string.IsNullOrEmpty(entry.EntryId) || !ids.Add(entry.EntryId))
                throw ApiError.EntryIds(pubsub, topic, "entryId is duplicated or not present for entry");
        }

        return entries;
    }

    private static BulkEntry ToBulkEntry(Entry entry, Dictionary<string, string> common, bool raw, string pubsub, string topic)
    {
        var metadata = entry.Metadata;
        if (metadata is not null)
        {
            foreach (var (key, value) in common) metadata[key] = value;
        }

        var contentType = entry.ContentType ?? "";
        var body = ToBytes(entry.Event, contentType) ?? throw ApiError.EntryContent(pubsub, topic, "mismatch between contentType and event");
        return new BulkEntry(entry.EntryId!, new Outgoing(contentType, body, metadata, raw));
    }

    /// <summary>The bytes of the entry's event, or null when the event does not match its content type.</summary>
    private static byte[]? ToBytes(JsonElement value, string contentType)
    {
        if (MediaTypes.IsJson(contentType) || MediaTypes.IsCloudEvent(contentType))
            return Encoding.UTF8.GetBytes(value.ValueKind == JsonValueKind.Undefined ? "null" : value.GetRawText());
        if (value.ValueKind != JsonValueKind.String) return null;
        if (MediaTypes.IsBinary(contentType)) return value.TryGetBytesFromBase64(out var bytes) ? bytes : null;
        return MediaTypes.IsText(contentType) ? Encoding.UTF8.GetBytes(value.GetString()!) : null;
    }

    private sealed record Entry(string? EntryId, JsonElement Event, string? ContentType, Dictionary<string, string>? Metadata);
}
