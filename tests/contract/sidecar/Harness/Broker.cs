using System.Text;
using System.Text.Json;
using StackExchange.Redis;

namespace Jiceng.SidecarConformance.Harness;

/// <summary>A stream entry in Redis.</summary>
internal sealed record StoredEntry(byte[] Data, string? Metadata)
{
    public JsonElement Event => JsonDocument.Parse(Data).RootElement;
}

/// <summary>A private Redis with access to its streams.</summary>
public sealed class Broker : IAsyncLifetime
{
    private RedisServer? _server;
    private ConnectionMultiplexer? _connection;
    private readonly bool _owned = true;

    public Broker()
    {
    }

    /// <summary>Reads a Redis that the test starts and stops.</summary>
    internal Broker(RedisServer server) => (_server, _owned) = (server, false);

    internal RedisServer Server => _server ?? throw new InvalidOperationException("Redis was not started");

    internal string Address => Server.Address;

    private IDatabase Database => _connection!.GetDatabase();

    public async ValueTask InitializeAsync()
    {
        TestContext.Current.SendDiagnosticMessage("sidecar under test: {0} {1}", Target.Program, await Target.CheckedVersionAsync());
        _server ??= await RedisServer.StartAsync();
        _connection = await ConnectionMultiplexer.ConnectAsync($"{_server.Address},abortConnect=false,allowAdmin=true");
    }

    public async ValueTask DisposeAsync()
    {
        _connection?.Dispose();
        if (_owned && _server is not null) await _server.DisposeAsync();
    }

    internal async Task<IReadOnlyList<StoredEntry>> ReadAsync(string topic)
    {
        var entries = await Database.StreamRangeAsync(topic);
        return [.. entries.Select(entry => new StoredEntry((byte[])entry["data"]!, entry["metadata"]))];
    }

    /// <summary>The only entry of the topic.</summary>
    internal async Task<StoredEntry> ReadOneAsync(string topic) => (await ReadAsync(topic)).ShouldHaveSingleItem();

    internal Task<long> LengthAsync(string topic) => Database.StreamLengthAsync(topic);

    /// <summary>Number of entries delivered to the group but not acknowledged.</summary>
    internal async Task<long> PendingAsync(string topic, string group) => (await Database.StreamPendingAsync(topic, group)).PendingMessageCount;

    /// <summary>Whether every entry was delivered to the group and acknowledged.</summary>
    internal async Task<bool> IsDrainedAsync(string topic, string group)
    {
        var groups = await Database.StreamGroupInfoAsync(topic);
        return groups.Any(info => info.Name == group && info.PendingMessageCount == 0 && info.Lag == 0);
    }

    internal Task AddAsync(string topic, string data) => Database.ExecuteAsync("XADD", topic, "*", "data", data);

    internal Task CommandAsync(string command, params object[] words) => Database.ExecuteAsync(command, words);

    internal Task FlushAsync() => Database.ExecuteAsync("FLUSHALL");

    internal Task SetTextAsync(string key) => Database.StringSetAsync(key, "not a stream");
}
