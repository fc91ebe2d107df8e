namespace Jiceng.Sidecar.Redis;

/// <summary>The shared connection for short commands: opened when first needed and again whenever it was lost.</summary>
internal sealed class RedisClient(RedisOptions options, TimeProvider time) : IAsyncDisposable
{
    private const int Attempts = 4;
    private static readonly TimeSpan CommandTimeout = TimeSpan.FromSeconds(5);
    private readonly SemaphoreSlim _opening = new(1, 1);
    private RespConnection? _current;

    /// <summary>
    /// Sends a command, again after short pauses while the connection fails, as daprd's client does. A command whose answer was
    /// lost may thus be carried out twice; delivery is at least once anyway.
    /// </summary>
    public async Task<RespValue> SendAsync(object[] command, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await SendOnceAsync(command, cancellationToken);
            }
            catch (RedisConnectionException) when (attempt < Attempts)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20 << attempt), time, cancellationToken);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_current is not null) await _current.DisposeAsync();
    }

    private async Task<RespValue> SendOnceAsync(object[] command, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(CommandTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        RespConnection? connection = null;
        try
        {
            connection = await ConnectionAsync(either.Token);
            return await connection.SendAsync(command, either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            var silence = new RedisConnectionException($"Redis did not answer within {CommandTimeout.TotalSeconds:0} s");
            connection?.Break(silence);
            throw silence;
        }
    }

    private async Task<RespConnection> ConnectionAsync(CancellationToken cancellationToken)
    {
        if (_current is { IsBroken: false } open) return open;
        await _opening.WaitAsync(cancellationToken);
        try
        {
            if (_current is { IsBroken: false } opened) return opened;
            if (_current is not null) await _current.DisposeAsync();
            return _current = await RespConnection.OpenAsync(options, cancellationToken);
        }
        finally
        {
            _opening.Release();
        }
    }
}
