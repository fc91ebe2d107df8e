using System.Threading.Channels;
using Jiceng.Domain;
using Jiceng.Persistence;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Jiceng.Grid.Cases;

/// <summary>
/// Hears from PostgreSQL which cases change, whichever replica changed them, and tells the watchers of this one. When the
/// connection is lost the watchers are told so, since they may have missed changes.
/// </summary>
internal sealed partial class CaseChangeStore(Database database, TimeProvider time, ILogger<CaseChangeStore> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly Lock _lock = new();
    private readonly HashSet<CaseWatcher> _watchers = [];
    private bool _listening;

    /// <summary>Begins to watch. Dispose the watcher to end it.</summary>
    /// <exception cref="RefusedException">DEPENDENCY_UNAVAILABLE while PostgreSQL does not answer.</exception>
    public CaseWatcher Watch(IReadOnlyCollection<PlaceCode> within)
    {
        var watcher = new CaseWatcher(within, gone =>
        {
            lock (_lock)
                _watchers.Remove(gone);
        });
        lock (_lock)
        {
            if (!_listening)
                throw Unavailable();
            _watchers.Add(watcher);
        }

        return watcher;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(stoppingToken);
            }
            catch (Exception error) when (error is NpgsqlException or IOException or TimeoutException)
            {
                LogLost(logger, error.Message);
            }
            finally
            {
                End();
            }

            await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ListenAsync(CancellationToken stoppingToken)
    {
        await using var connection = await database.Source.OpenConnectionAsync(stoppingToken);
        connection.Notification += (_, told) => Tell(told.Payload);
        await using (var listen = new NpgsqlCommand($"LISTEN {CaseStore.Channel}", connection))
            await listen.ExecuteNonQueryAsync(stoppingToken);
        lock (_lock)
            _listening = true;
        try
        {
            while (true)
                await connection.WaitAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // The service stops.
        }
    }

    private void Tell(string payload)
    {
        if (payload.Split(' ') is not [var id, var node] || !PlaceCode.TryParse(node, out var place))
            return;
        lock (_lock)
        {
            foreach (var watcher in _watchers)
                watcher.Offer(Guid.Parse(id), place);
        }
    }

    private void End()
    {
        lock (_lock)
        {
            _listening = false;
            foreach (var watcher in _watchers)
                watcher.Fail(Unavailable());
        }
    }

    private static RefusedException Unavailable() =>
        CommonErrors.DependencyUnavailable.With(("dependency", "PostgreSQL")).Retry(Pause);

    [LoggerMessage(1, LogLevel.Warning, "Changes of cases are not heard until PostgreSQL answers again: {Problem}")]
    private static partial void LogLost(ILogger logger, string problem);
}

/// <summary>The changed cases that one watcher has not taken yet, each once however often it changed.</summary>
internal sealed class CaseWatcher(IReadOnlyCollection<PlaceCode> within, Action<CaseWatcher> end) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly HashSet<Guid> _waiting = [];
    private readonly Channel<Guid> _order = Channel.CreateUnbounded<Guid>();

    public void Offer(Guid caseId, PlaceCode node)
    {
        if (!within.Any(place => place.Contains(node)))
            return;
        lock (_lock)
        {
            if (_waiting.Add(caseId))
                _order.Writer.TryWrite(caseId);
        }
    }

    public void Fail(Exception error) => _order.Writer.TryComplete(error);

    /// <summary>The next changed case.</summary>
    public async Task<Guid> NextAsync(CancellationToken token)
    {
        if (!await _order.Reader.WaitToReadAsync(token))
            throw new OperationCanceledException(token);
        _order.Reader.TryRead(out var caseId);
        lock (_lock)
            _waiting.Remove(caseId);
        return caseId;
    }

    public void Dispose() => end(this);
}
