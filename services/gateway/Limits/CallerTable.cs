using System.Collections.Concurrent;

namespace Jiceng.Gateway.Limits;

/// <summary>The limits of one caller at this replica: a bucket for each class, and the numbers of calls and streams in progress.</summary>
internal sealed class CallerState(string caller, GatewayLimits limits, ISharedBuckets shared, TimeProvider time)
{
    private readonly LeasedBucket?[] _buckets = new LeasedBucket?[Enum.GetValues<CallClass>().Length];
    private int _calls;
    private int _streams;
    private long _lastSeen = time.GetTimestamp();

    public ValueTask<RateDecision> AcquireAsync(CallClass kind)
    {
        Volatile.Write(ref _lastSeen, time.GetTimestamp());
        ref var bucket = ref _buckets[(int)kind];
        if (bucket is null)
            Interlocked.CompareExchange(ref bucket, new LeasedBucket(SharedBuckets.Key(caller, kind), limits.RateOf(kind), shared, time), null);
        return bucket.AcquireAsync();
    }

    /// <summary>Counts a call as in progress, unless the caller is at the limit.</summary>
    public bool TryEnter(bool isLongLived) => isLongLived ? TryEnter(ref _streams, limits.CallerStreams) : TryEnter(ref _calls, limits.CallerCallsAtOnce);

    public void Leave(bool isLongLived)
    {
        if (isLongLived) Interlocked.Decrement(ref _streams);
        else Interlocked.Decrement(ref _calls);
    }

    /// <summary>Whether the caller can be removed without loss: nothing is in progress and all buckets are full by now.</summary>
    public bool IsIdle(TimeSpan longest) =>
        Volatile.Read(ref _calls) == 0 && Volatile.Read(ref _streams) == 0 && time.GetElapsedTime(Volatile.Read(ref _lastSeen)) > longest;

    private static bool TryEnter(ref int count, int most)
    {
        if (Interlocked.Increment(ref count) <= most) return true;
        Interlocked.Decrement(ref count);
        return false;
    }
}

/// <summary>The recent callers.</summary>
internal sealed class CallerTable : IDisposable
{
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(30);
    private readonly ConcurrentDictionary<string, CallerState> _callers = new(StringComparer.Ordinal);
    private readonly Func<string, CallerState> _make;
    private readonly TimeSpan _longest;
    private readonly ITimer _timer;

    public CallerTable(GatewayLimits limits, ISharedBuckets shared, TimeProvider time)
    {
        _make = caller => new CallerState(caller, limits, shared, time);
        _longest = Enum.GetValues<CallClass>().Max(kind => limits.RateOf(kind).UntilFull(0)) + SweepPeriod;
        _timer = time.CreateTimer(_ => Sweep(), null, SweepPeriod, SweepPeriod);
    }

    /// <summary>The caller of the token, or the address for a call without a valid one.</summary>
    public CallerState Get(HttpContext context) => _callers.GetOrAdd(
        context.User.FindFirst("sub") is { } subject ? $"sub:{subject.Value}" : $"from:{context.Connection.RemoteIpAddress}", _make);

    public void Dispose() => _timer.Dispose();

    private void Sweep()
    {
        foreach (var (caller, calls) in _callers)
            if (calls.IsIdle(_longest)) _callers.TryRemove(caller, out _);
    }
}
