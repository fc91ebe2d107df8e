using System.Globalization;
using System.Text.Json;

namespace Jiceng.Sidecar.Redis;

/// <summary>The commands of pubsub.redis, word for word what daprd sends.</summary>
internal sealed class StreamBroker(RedisOptions options, StreamSettings settings, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan Block = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BlockLimit = Block + TimeSpan.FromSeconds(5);
    private readonly RedisClient _client = new(options, time);

    public StreamSettings Settings { get; } = settings;

    /// <summary>Succeeds once Redis answers.</summary>
    public Task PingAsync(CancellationToken cancellationToken) => _client.SendAsync(["PING"], cancellationToken);

    /// <summary>Appends a message. Without metadata (null) the field is left out; an empty map is written as {}.</summary>
    public async Task AddAsync(string topic, ReadOnlyMemory<byte> data, IReadOnlyDictionary<string, string>? metadata, CancellationToken cancellationToken)
    {
        var command = new List<object> { "XADD", topic };
        if (Settings.MaxLenApprox > 0)
        {
            command.AddRange(["MAXLEN", "~", Words(Settings.MaxLenApprox)]);
        }
        else if (Settings.StreamTtl is { } ttl)
        {
            command.AddRange(["MINID", "~", Words((time.GetUtcNow() - ttl).ToUnixTimeMilliseconds()) + "-1"]);
        }

        command.AddRange(["*", "data", data]);
        if (metadata is not null) command.AddRange(["metadata", (ReadOnlyMemory<byte>)JsonSerializer.SerializeToUtf8Bytes(metadata)]);
        await _client.SendAsync([.. command], cancellationToken);
    }

    /// <summary>Makes the group, from the first retained entry, unless it is there.</summary>
    public async Task EnsureGroupAsync(string topic, CancellationToken cancellationToken)
    {
        try
        {
            await _client.SendAsync(["XGROUP", "CREATE", topic, Settings.ConsumerId, "0", "MKSTREAM"], cancellationToken);
        }
        catch (RedisReplyException e) when (e.IsBusyGroup)
        {
            // Another replica, or an earlier life, made it.
        }
    }

    public Task<RespConnection> OpenReaderAsync(CancellationToken cancellationToken) => RespConnection.OpenAsync(options, cancellationToken);

    /// <summary>Waits for new entries; none after a few seconds.</summary>
    /// <exception cref="RedisConnectionException">The connection broke or Redis fell silent.</exception>
    public async Task<IEnumerable<StreamMessage>> ReadAsync(RespConnection reader, string topic, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(BlockLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var reply = await reader.SendAsync(
                ["XREADGROUP", "GROUP", Settings.ConsumerId, Settings.ConsumerId, "COUNT", Words(Settings.QueueDepth),
                 "BLOCK", Words((long)Block.TotalMilliseconds), "STREAMS", topic, ">"],
                either.Token);
            return reply.Items is [{ Items: [_, var entries] }] ? StreamMessage.From(topic, entries) : [];
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RedisConnectionException($"Redis did not answer within {BlockLimit.TotalSeconds:0} s");
        }
    }

    /// <summary>Takes over the entries that nobody acknowledged within the processing timeout; none when there are none left.</summary>
    public async Task<List<StreamMessage>> ClaimAsync(string topic, CancellationToken cancellationToken)
    {
        var pending = await _client.SendAsync(["XPENDING", topic, Settings.ConsumerId, "-", "+", Words(Settings.QueueDepth)], cancellationToken);
        var limit = (long)Settings.ProcessingTimeout.TotalMilliseconds;
        var ids = (pending.Items ?? []).Where(entry => entry.Items![2].Number >= limit).Select(entry => entry.Items![0].Text).ToList();
        if (ids.Count == 0) return [];

        var claimed = await _client.SendAsync(["XCLAIM", topic, Settings.ConsumerId, Settings.ConsumerId, Words(limit), .. ids], cancellationToken);
        if (claimed.Items is { } entries && entries.Any(entry => entry.Items is null))
            await AcknowledgeVanishedAsync(topic, ids, cancellationToken);
        return [.. StreamMessage.From(topic, claimed)];
    }

    public Task AcknowledgeAsync(string topic, string id, CancellationToken cancellationToken) =>
        _client.SendAsync(["XACK", topic, Settings.ConsumerId, id], cancellationToken);

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    /// <summary>Servers before 7 keep entries pending that were trimmed from the stream; nobody can ever process those.</summary>
    private async Task AcknowledgeVanishedAsync(string topic, List<string> ids, CancellationToken cancellationToken)
    {
        foreach (var id in ids)
        {
            var present = await _client.SendAsync(["XRANGE", topic, id, id], cancellationToken);
            if (present.Items is null or []) await AcknowledgeAsync(topic, id, cancellationToken);
        }
    }

    private static string Words(long number) => number.ToString(CultureInfo.InvariantCulture);
}
