using System.Collections.Concurrent;

namespace Jiceng.Gateway.Limits;

/// <summary>The limits of one caller at this replica: a bucket for each class, and the numbers of calls and streams in progress.</summary>
internal sealed class CallerState(string caller, GatewayLimits limits, ISharedBuckets shared, TimeProvider time)
{
    private readonly LeasedBucket?[] buckets = new LeasedBucket?[Enum.GetValues<CallClass>().Length];
    private int calls;
    private int streams;
    private long lastSeen = time.GetTimestamp();

    public ValueTask<RateDecision> AcquireAsync(CallClass kind)
    {
        Volatile.Write(ref lastSeen, time.GetTimestamp());
        ref var bucket = ref buckets[(int)kind];
        if (bucket is null)
            Interlocked.CompareExchange(ref bucket, new LeasedBucket(SharedBuckets.Key(caller, kind), limits.RateOf(kind), shared, time), null);
        return bucket.AcquireAsync();
    }

    /// <summary>Counts a call as in progress, unless the caller is at the limit.</summary>
    public bool TryEnter(bool isLongLived) => isLongLived ? TryEnter(ref streams, limits.CallerStreams) : TryEnter(ref calls, limits.CallerCallsAtOnce);

    public void Leave(bool isLongLived)
    {
        if (isLongLived) Interlocked.Decrement(ref streams);
        else Interlocked.Decrement(ref calls);
    }

    /// <summary>Whether the caller can be removed without loss: nothing is in progress and all buckets are full by now.</summary>
    public bool IsIdle(TimeSpan longest) =>
        Volatile.Read(ref calls) == 0 && Volatile.Read(ref streams) == 0 && time.GetElapsedTime(Volatile.Read(ref lastSeen)) > longest;

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
    private readonly ConcurrentDictionary<string, CallerState> callers = new(StringComparer.Ordinal);
    private readonly Func<string, CallerState> make;
    private readonly TimeSpan longest;
    private readonly ITimer timer;

    public CallerTable(GatewayLimits limits, ISharedBuckets shared, TimeProvider time)
    {
        make = caller => new CallerState(caller, limits, shared, time);
        longest = Enum.GetValues<CallClass>().Max(kind => limits.RateOf(kind).UntilFull(0)) + SweepPeriod;
        timer = time.CreateTimer(_ => Sweep(), null, SweepPeriod, SweepPeriod);
    }

    /// <summary>The caller of the token, or the address for a call without a valid one.</summary>
    public CallerState Get(HttpContext context) => callers.GetOrAdd(
        context.User.FindFirst("sub") is { } subject ? $"sub:{subject.Value}" : $"from:{context.Connection.RemoteIpAddress}", make);

    public void Dispose() => timer.Dispose();

    private void Sweep()
    {
        foreach (var (caller, calls) in callers)
            if (calls.IsIdle(longest)) callers.TryRemove(caller, out _);
    }
}
