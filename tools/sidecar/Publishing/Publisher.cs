using System.Text.Json;
using Jiceng.Sidecar.Events;
using Jiceng.Sidecar.Redis;
using Jiceng.Sidecar.Resilience;
using Jiceng.Sidecar.Telemetry;

namespace Jiceng.Sidecar.Publishing;

/// <summary>A message to publish.</summary>
/// <param name="ContentType">As sent by the caller; empty when absent.</param>
/// <param name="Body">The caller's bytes.</param>
/// <param name="Metadata">Null omits the stream field.</param>
/// <param name="Raw">Whether to store the bytes without an envelope.</param>
internal sealed record Outgoing(string ContentType, ReadOnlyMemory<byte> Body, IReadOnlyDictionary<string, string>? Metadata, bool Raw);

/// <summary>A bulk entry with its sender's id.</summary>
internal sealed record BulkEntry(string Id, Outgoing Message);

/// <summary>Publishes for one app: validation, envelope, scopes, policy, stream.</summary>
internal sealed class Publisher(string appId, IReadOnlyDictionary<string, Pubsub> pubsubs, Tracing tracing, TimeProvider time)
{
    private const int BulkParallelism = 100;

    /// <exception cref="ApiError">The component does not exist, or the topic is empty.</exception>
    public Pubsub Find(string pubsub, string topic)
    {
        if (pubsub.Length == 0) throw ApiError.NameEmpty();
        if (!pubsubs.TryGetValue(pubsub, out var found)) throw ApiError.NotFound(pubsub);
        return topic.Length > 0 ? found : throw ApiError.TopicEmpty(pubsub);
    }

    /// <exception cref="ApiError">The value of rawPayload is not a boolean.</exception>
    public static bool IsRaw(Pubsub pubsub, IReadOnlyDictionary<string, string>? metadata)
    {
        try
        {
            return PublishMetadata.IsRawPayload(metadata);
        }
        catch (FormatException e)
        {
            throw ApiError.Metadata(pubsub.Name, e.Message);
        }
    }

    /// <exception cref="ApiError">The message is rejected or cannot be stored.</exception>
    public async Task PublishAsync(Pubsub pubsub, string topic, Outgoing message, TraceFields caller, CancellationToken cancellationToken)
    {
        using var step = tracing.Publish(topic, caller);
        try
        {
            var data = Stored(pubsub, topic, message, step.Fields);
            await StoreAsync(pubsub, topic, data, message.Metadata, cancellationToken);
        }
        catch (ApiError e)
        {
            step.Failed(e.ErrorCode);
            throw;
        }
    }

    /// <summary>Publishes all entries in no particular order, and returns those that failed with the reason.</summary>
    /// <exception cref="ApiError">No entry was published, because one of them is invalid or the topic is forbidden.</exception>
    public async Task<IReadOnlyList<(string EntryId, string Error)>> PublishAllAsync(
        Pubsub pubsub, string topic, IReadOnlyList<BulkEntry> entries, TraceFields caller, CancellationToken cancellationToken)
    {
        using var step = tracing.Publish(topic, caller);
        var ready = entries.Select(entry => (entry.Id, entry.Message.Metadata, Data: Stored(pubsub, topic, entry.Message, step.Fields))).ToList();
        CheckScope(pubsub, topic);

        var failed = new List<(string, string)>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = BulkParallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(ready, options, async (entry, token) =>
        {
            try
            {
                await StoreAsync(pubsub, topic, entry.Data, entry.Metadata, token);
            }
            catch (ApiError e)
            {
                lock (failed) failed.Add((entry.Id, e.Message));
            }
        });
        if (failed.Count > 0) step.Failed("ERR_PUBSUB_PUBLISH_MESSAGE");
        return failed;
    }

    /// <summary>Stores bytes unchanged; scopes and the outbound policy apply.</summary>
    /// <exception cref="ApiError">The topic is forbidden, or Redis failed.</exception>
    public async Task StoreAsync(
        Pubsub pubsub, string topic, ReadOnlyMemory<byte> data, IReadOnlyDictionary<string, string>? metadata, CancellationToken cancellationToken)
    {
        CheckScope(pubsub, topic);
        try
        {
            await pubsub.Outbound.RunAsync(token => pubsub.Broker.AddAsync(topic, data, metadata, token), time, cancellationToken, cancellationToken);
        }
        catch (Exception e) when (e is RedisConnectionException or RedisReplyException or TimeoutException or BreakerOpenException)
        {
            throw ApiError.Publish(pubsub.Name, topic, $"redis streams: error from publish: {e.Message}");
        }
    }

    private void CheckScope(Pubsub pubsub, string topic)
    {
        if (!pubsub.Resource.Scopes.MayPublish(topic)) throw ApiError.Forbidden(pubsub.Name, topic, appId);
    }

    private ReadOnlyMemory<byte> Stored(Pubsub pubsub, string topic, Outgoing message, TraceFields trace)
    {
        if (message.Raw) return message.Body;
        try
        {
            var target = new PublishTarget(appId, pubsub.Name, topic);
            return Envelope.Build(target, message.ContentType, message.Body, message.Metadata, trace, time.GetUtcNow());
        }
        catch (JsonException e)
        {
            throw ApiError.CloudEvent(pubsub.Name, appId, e.Message);
        }
    }
}
