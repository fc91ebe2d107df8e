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

    private readonly ConfigurationOptions? _options;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly ILogger<GatewayRedis> _logger;
    private ConnectionMultiplexer? _connection;
    private bool _away;
    private long _lastTry;

    public GatewayRedis(IConfiguration configuration, TimeProvider time, GatewayTelemetry telemetry, ILogger<GatewayRedis> logger)
    {
        (_time, _logger) = (time, logger);
        // The client does not limit the time of asynchronous commands, and a call waits for the answer.
        _timeout = configuration.GetValue("Redis:Patience", TimeSpan.FromMilliseconds(250));
        if (configuration.GetConnectionString("Redis") is { Length: > 0 } address)
        {
            _options = ConfigurationOptions.Parse(address);
            _options.AbortOnConnectFail = false;
            _options.ConnectTimeout = 2000;
            _options.ClientName = "jiceng-gateway";
        }

        telemetry.ObserveRedis(() => _options is not null && _away);
    }

    public bool Configured => _options is not null;

    /// <summary>Whether a command would not be sent now.</summary>
    public bool IsUnavailable => _connection is null || (Volatile.Read(ref _away) && _time.GetElapsedTime(Volatile.Read(ref _lastTry)) < Pause);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_options is null) LogNotConfigured(_logger);
        else await ConnectAsync(cancellationToken);
    }

    /// <summary>Connects, or begins to try; a process that only runs a command calls this itself.</summary>
    public async Task ConnectAsync(CancellationToken cancellationToken) =>
        _connection ??= await ConnectionMultiplexer.ConnectAsync(_options ?? throw new InvalidOperationException("ConnectionStrings:Redis is not set.")).WaitAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Returns the result of a command, or null when Redis is unavailable.</summary>
    public async Task<T?> AskAsync<T>(Func<IDatabase, Task<T>> command)
        where T : class
    {
        if (_connection is not { } redis || !MayTry()) return null;
        try
        {
            var answer = await command(redis.GetDatabase()).WaitAsync(_timeout, _time);
            if (Interlocked.Exchange(ref _away, false)) LogBack(_logger);
            return answer;
        }
        catch (Exception failure) when (IsUnavailability(failure))
        {
            Volatile.Write(ref _lastTry, _time.GetTimestamp());
            if (!Interlocked.Exchange(ref _away, true)) LogAway(_logger, failure.Message);
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not { } redis) return;
        _connection = null;
        await redis.CloseAsync(allowCommandsToComplete: false);
        redis.Dispose();
    }

    /// <summary>While Redis is unavailable, one command a second tries it; the other calls do not wait.</summary>
    private bool MayTry()
    {
        if (!Volatile.Read(ref _away)) return true;
        var last = Volatile.Read(ref _lastTry);
        return _time.GetElapsedTime(last) >= Pause && Interlocked.CompareExchange(ref _lastTry, _time.GetTimestamp(), last) == last;
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
