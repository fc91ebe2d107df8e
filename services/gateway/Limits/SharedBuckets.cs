using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Jiceng.Gateway.Shared;
using StackExchange.Redis;

namespace Jiceng.Gateway.Limits;

/// <summary>Permits taken from a shared bucket.</summary>
/// <param name="Granted">Their number; 0 when the bucket is empty.</param>
/// <param name="Level">What is left in the bucket.</param>
internal sealed record Lease(int Granted, double Level);

/// <summary>The buckets that all replicas take from.</summary>
internal interface ISharedBuckets
{
    /// <summary>Whether a request would not be sent now.</summary>
    bool IsUnavailable { get; }

    /// <summary>Takes up to <see cref="Rate.Lease"/> permits from a bucket; returns null when Redis is unavailable.</summary>
    /// <param name="key">Name of the bucket.</param>
    /// <param name="rate">How fast it fills and how much it holds.</param>
    /// <param name="level">The level to start from when Redis does not have the bucket.</param>
    Task<Lease?> TakeAsync(string key, Rate rate, double level);
}

/// <summary>Token buckets in Redis, filled by the clock of Redis, which is the same for all.</summary>
internal sealed class SharedBuckets(GatewayRedis redis) : ISharedBuckets
{
    /// <summary>A bucket that nobody took from for as long as it takes to fill is full; its key expires then.</summary>
    private const string Take =
        """
        local rate, burst, want, level = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
        local clock = redis.call('TIME')
        local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
        local kept = redis.call('HMGET', KEYS[1], 'level', 'at')
        if kept[1] then
          level = math.min(burst, tonumber(kept[1]) + math.max(0, now - tonumber(kept[2])) * rate / 1000)
        end
        local granted = math.max(0, math.min(want, math.floor(level)))
        level = level - granted
        redis.call('HSET', KEYS[1], 'level', string.format('%.3f', level), 'at', string.format('%.0f', now))
        redis.call('PEXPIRE', KEYS[1], math.ceil(burst / rate * 1000) + 1000)
        return {granted, string.format('%.3f', level)}
        """;

    public bool IsUnavailable => redis.IsUnavailable;

    /// <summary>Name of the bucket of a caller and a class; ids of callers stay out of Redis.</summary>
    public static string Key(string caller, CallClass kind) =>
        $"jiceng:gateway:rate:{kind.Name()}:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(caller)).AsSpan(0, 16))}";

    public Task<Lease?> TakeAsync(string key, Rate rate, double level) => redis.AskAsync(database => TakeAsync(database, key, rate, level));

    private static async Task<Lease> TakeAsync(IDatabase database, string key, Rate rate, double level)
    {
        RedisKey[] keys = [key];
        RedisValue[] values = [rate.PerSecond, rate.Burst, rate.Lease, level.ToString("F3", CultureInfo.InvariantCulture)];
        RedisResult answer;
        try
        {
            answer = await database.ScriptEvaluateAsync(Take, keys, values);
        }
        catch (RedisServerException e) when (e.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            // A restarted Redis no longer has the script, which the client does not notice by itself.
            answer = await database.ScriptEvaluateAsync(Take, keys, values);
        }

        var parts = (RedisValue[])answer!;
        return new Lease((int)parts[0], double.Parse((string)parts[1]!, CultureInfo.InvariantCulture));
    }
}
