using System.Text.Json;
using StackExchange.Redis;

namespace Jiceng.Bench.Faults;

/// <summary>Direct access to Redis for fault runs. Commands are retried while Redis is down.</summary>
internal sealed class Broker(PrivateSuite suite)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    public Task FlushAsync(CancellationToken cancellationToken) =>
        OnRedisAsync(async redis => await redis.GetServer(redis.GetEndPoints()[0]).FlushAllDatabasesAsync(), cancellationToken);

    /// <summary>Publishes a message whose payload does not match its type, so that no retry can succeed.</summary>
    public Task PoisonAsync(string topic, string id, CancellationToken cancellationToken) => OnRedisAsync(
        redis => redis.GetDatabase().ExecuteAsync("XADD", topic, "*", "data", JsonSerializer.Serialize(new
        {
            specversion = "1.0",
            id,
            source = "jiceng/grid",
            type = "jiceng.grid.case.closed.v1",
            subject = id,
            time = suite.Gateway.Time.GetUtcNow(),
            datacontenttype = "application/json",
            topic,
            sequence = "1",
            data = new { caseId = true },
        })),
        cancellationToken);

    /// <summary>Messages of all topics that are not yet delivered or not yet acknowledged.</summary>
    public async Task<long> PendingAsync(CancellationToken cancellationToken)
    {
        var pending = 0L;
        await OnRedisAsync(
            async redis =>
            {
                pending = 0;
                foreach (var key in redis.GetServer(redis.GetEndPoints()[0]).Keys(pattern: "jiceng.*").ToList())
                {
                    foreach (var group in await redis.GetDatabase().StreamGroupInfoAsync(key)) pending += group.PendingMessageCount + (group.Lag ?? 0);
                }
            },
            cancellationToken);
        return pending;
    }

    private async Task OnRedisAsync(Func<ConnectionMultiplexer, Task> work, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                using var redis = await ConnectionMultiplexer.ConnectAsync($"{suite.Installation.Redis},allowAdmin=true,connectTimeout=2000");
                // The client applies no timeout to asynchronous commands.
                await work(redis).WaitAsync(Limit, cancellationToken);
                return;
            }
            catch (Exception transient) when (transient is RedisException or TimeoutException && TimeProvider.System.GetElapsedTime(start) < Patience)
            {
                await Task.Delay(Pause, TimeProvider.System, cancellationToken);
            }
        }
    }
}
