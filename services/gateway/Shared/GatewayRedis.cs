using StackExchange.Redis;

namespace Jiceng.Gateway.Shared;

/// <summary>
/// The state that the replicas of the gateway share, in Redis (<c>ConnectionStrings:Redis</c>). When Redis is unavailable or not configured,
/// commands fail at once, with one retry a second, and their callers fall back to the state of this process.
/// </summary>
internal sealed partial class GatewayRedis : IHostedService, IAsyncDisposable
{
    /// <summary>The pause after a failure before a command tries again whether Redis is back.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly ConfigurationOptions? options;
    private readonly TimeSpan timeout;
    private readonly TimeProvider time;
    private readonly ILogger<GatewayRedis> logger;
    private ConnectionMultiplexer? connection;
    private bool away;
    private long lastTry;

    public GatewayRedis(IConfiguration configuration, TimeProvider time, GatewayTelemetry telemetry, ILogger<GatewayRedis> logger)
    {
        (this.time, this.logger) = (time, logger);
        // The client does not limit the time of asynchronous commands, and a call waits for the answer.
        timeout = configuration.GetValue("Redis:Patience", TimeSpan.FromMilliseconds(250));
        if (configuration.GetConnectionString("Redis") is { Length: > 0 } address)
        {
            options = ConfigurationOptions.Parse(address);
            options.AbortOnConnectFail = false;
            options.ConnectTimeout = 2000;
            options.ClientName = "jiceng-gateway";
        }

        telemetry.ObserveRedis(() => options is not null && away);
    }

    public bool Configured => options is not null;

    /// <summary>Whether a command would not be sent now.</summary>
    public bool IsUnavailable => connection is null || (Volatile.Read(ref away) && time.GetElapsedTime(Volatile.Read(ref lastTry)) < Pause);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (options is null) LogNotConfigured(logger);
        else await ConnectAsync(cancellationToken);
    }

    /// <summary>Connects, or begins to try; a process that only runs a command calls this itself.</summary>
    public async Task ConnectAsync(CancellationToken cancellationToken) =>
        connection ??= await ConnectionMultiplexer.ConnectAsync(options ?? throw new InvalidOperationException("ConnectionStrings:Redis is not set.")).WaitAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Returns the result of a command, or null when Redis is unavailable.</summary>
    public async Task<T?> AskAsync<T>(Func<IDatabase, Task<T>> command)
        where T : class
    {
        if (connection is not { } redis || !MayTry()) return null;
        try
        {
            var answer = await command(redis.GetDatabase()).WaitAsync(timeout, time);
            if (Interlocked.Exchange(ref away, false)) LogBack(logger);
            return answer;
        }
        catch (Exception failure) when (IsUnavailability(failure))
        {
            Volatile.Write(ref lastTry, time.GetTimestamp());
            if (!Interlocked.Exchange(ref away, true)) LogAway(logger, failure.Message);
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (connection is not { } redis) return;
        connection = null;
        await redis.CloseAsync(allowCommandsToComplete: false);
        redis.Dispose();
    }

    /// <summary>While Redis is unavailable, one command a second tries it; the other calls do not wait.</summary>
    private bool MayTry()
    {
        if (!Volatile.Read(ref away)) return true;
        var last = Volatile.Read(ref lastTry);
        return time.GetElapsedTime(last) >= Pause && Interlocked.CompareExchange(ref lastTry, time.GetTimestamp(), last) == last;
    }

    private static bool IsUnavailability(Exception failure) => failure is RedisConnectionException or RedisTimeoutException or TimeoutException
        or RedisServerException or OperationCanceledException or ObjectDisposedException;

    [LoggerMessage(LogLevel.Warning, "ConnectionStrings:Redis is not set: this gateway counts calls by itself and knows no revoked tokens")]
    private static partial void LogNotConfigured(ILogger logger);

    [LoggerMessage(LogLevel.Warning, "Redis is away ({Problem}): calls are counted by this process alone until it is back")]
    private static partial void LogAway(ILogger logger, string problem);

    [LoggerMessage(LogLevel.Information, "Redis is back: calls are counted together with the other replicas")]
    private static partial void LogBack(ILogger logger);
}

internal static class GatewayRedisSetup
{
    public static void AddSharedRedis(this IServiceCollection services)
    {
        services.AddSingleton<GatewayTelemetry>();
        services.AddSingleton<GatewayRedis>();
        services.AddHostedService(provider => provider.GetRequiredService<GatewayRedis>());
    }
}
