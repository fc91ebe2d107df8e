using System.Threading.Channels;
using Jiceng.Domain;
using Jiceng.Persistence;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Jiceng.Grid.Cases;

/// <summary>
/// Finds out which cases change, whichever replica changes them, and tells the watchers of this one: reads the new steps, soon after a
/// change of this process, and twice a second for those of others; only while somebody watches. When PostgreSQL does not answer the
/// watchers are told so. (NOTIFY would do, but holds a lock of the whole database through every commit.)
/// </summary>
internal sealed partial class CaseChangeNotifier(Database database, TimeProvider time, ILogger<CaseChangeNotifier> logger) : BackgroundService
{
    private const int ShortReads = 10;
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(20);

    // A step is seen when its transaction commits, which is a moment after its time; now and then all are read that a slow one may hold back.
    private static readonly TimeSpan Recent = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(20);
    private readonly Lock _lock = new();
    private readonly HashSet<CaseWatcher> _watchers = [];
    private readonly Dictionary<(Guid CaseId, int Number), DateTimeOffset> _told = [];
    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly SemaphoreSlim _wake = new(0, 1);

    /// <summary>Begins to watch: what changes from now on is told. Dispose the watcher to end it.</summary>
    /// <exception cref="ApiException">DEPENDENCY_UNAVAILABLE while PostgreSQL does not answer.</exception>
    public async Task<CaseWatcher> WatchAsync(IReadOnlyCollection<PlaceCode> within, CancellationToken token)
    {
        var watcher = new CaseWatcher(within, gone =>
        {
            lock (_lock)
                _watchers.Remove(gone);
        });
        await ReadAsync(Slow, watcher, token);
        Wake();
        return watcher;
    }

    public override void Dispose()
    {
        _wake.Dispose();
        _reading.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        database.Announced += OnAnnounced;
        try
        {
            for (var read = 0; ; read++)
            {
                // With nobody to tell there is nothing to read until somebody comes.
                await _wake.WaitAsync(Watched() ? Poll : Timeout.InfiniteTimeSpan, stoppingToken);
                if (Watched()) await TryReadAsync(read % ShortReads == 0 ? Slow : Recent, stoppingToken);
                await Task.Delay(Soon, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            End();
        }
        finally
        {
            database.Announced -= OnAnnounced;
        }

        void OnAnnounced(string topic)
        {
            if (topic == CaseStore.Changed && Watched()) Wake();
        }
    }

    private async Task TryReadAsync(TimeSpan back, CancellationToken token)
    {
        try
        {
            await ReadAsync(back, null, token);
        }
        catch (ApiException away)
        {
            LogLost(logger, away.Message);
            End();
        }
    }

    /// <summary>Tells the watchers of steps not told before. A new watcher is told of what comes after this reading.</summary>
    private async Task ReadAsync(TimeSpan back, CaseWatcher? added, CancellationToken token)
    {
        await _reading.WaitAsync(token);
        try
        {
            var now = time.GetUtcNow();
            var steps = await database.ReadAsync((connection, inner) => CaseStore.ListStepsSinceAsync(connection, now - back, inner), token);
            lock (_lock)
            {
                foreach (var (caseId, number, node) in steps)
                {
                    if (!_told.TryAdd((caseId, number), now)) continue;
                    foreach (var watcher in _watchers) watcher.Offer(caseId, node);
                }

                if (added is not null) _watchers.Add(added);
            }

            if (back != Slow) return;
            foreach (var (step, since) in _told)
            {
                if (now - since > 2 * Slow) _told.Remove(step);
            }
        }
        finally
        {
            _reading.Release();
        }
    }

    private bool Watched()
    {
        lock (_lock) return _watchers.Count > 0;
    }

    private void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake already.
        }
    }

    private void End()
    {
        lock (_lock)
        {
            foreach (var watcher in _watchers)
                watcher.Fail(CommonErrors.DependencyUnavailable.With(("dependency", "PostgreSQL")).Retry(TimeSpan.FromSeconds(1)));
            _watchers.Clear();
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Changes of cases are not seen until PostgreSQL answers again: {Problem}")]
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
