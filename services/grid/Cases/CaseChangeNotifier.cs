using System.Threading.Channels;
using Jiceng.Domain;
using Jiceng.Hosting;
using Jiceng.Persistence;

namespace Jiceng.Grid.Cases;

/// <summary>
/// Notices which cases change, whichever replica changes them, and notifies the watchers on this one: reads the new steps, soon after a
/// change of this process, and twice a second for those of others; only while somebody watches. When PostgreSQL does not answer the
/// watchers get an error. (NOTIFY would do, but holds a lock of the whole database through every commit.)
/// </summary>
internal sealed class CaseChangeNotifier(Database database, TimeProvider time, JobServices services) : PeriodicJob(services, "case-changes", Poll)
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
    private int _reads;

    protected override TimeSpan LongestPause => Poll;

    protected override TimeSpan ShortestPause => Soon;

    /// <summary>Starts to watch for changes from now on. Dispose the watcher to stop.</summary>
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
        _reading.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var announced = database.OnAnnounced(CaseStore.Changed, Wake);
        try
        {
            await base.ExecuteAsync(stoppingToken);
        }
        finally
        {
            End();
        }
    }

    protected override async Task<JobRound> RunRoundAsync(CancellationToken cancellationToken)
    {
        if (!Watched()) return JobRound.Done;
        try
        {
            await ReadAsync(_reads++ % ShortReads == 0 ? Slow : Recent, null, cancellationToken);
            return JobRound.Done;
        }
        catch (Exception)
        {
            // Watchers come again, and see a failure that lasts.
            End();
            throw;
        }
    }

    /// <summary>Notifies the watchers of new steps. A new watcher receives the steps after this read.</summary>
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

    private void End()
    {
        lock (_lock)
        {
            foreach (var watcher in _watchers)
                watcher.Fail(CommonErrors.DependencyUnavailable.With(("dependency", "PostgreSQL")).Retry(TimeSpan.FromSeconds(1)));
            _watchers.Clear();
        }
    }
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
