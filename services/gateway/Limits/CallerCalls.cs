using System.Collections.Concurrent;

namespace Jiceng.Gateway.Limits;

/// <summary>What one caller does at this replica: a bucket for each class, and the calls under way.</summary>
internal sealed class CallerCalls(string caller, GatewayLimits limits, ISharedBuckets shared, TimeProvider time)
{
    private readonly LeasedBucket?[] buckets = new LeasedBucket?[Enum.GetValues<CallClass>().Length];
    private int calls;
    private int streams;
    private long seen = time.GetTimestamp();

    public ValueTask<Taken> TakeAsync(CallClass kind)
    {
        Volatile.Write(ref seen, time.GetTimestamp());
        ref var bucket = ref buckets[(int)kind];
        if (bucket is null)
            Interlocked.CompareExchange(ref bucket, new LeasedBucket(SharedBuckets.Key(caller, kind), limits.RateOf(kind), shared, time), null);
        return bucket.TakeAsync();
    }

    /// <summary>Counts a call as under way, unless the caller has as many as one may have.</summary>
    public bool TryEnter(bool stays) => stays ? TryEnter(ref streams, limits.CallerStreams) : TryEnter(ref calls, limits.CallerCallsAtOnce);

    public void Leave(bool stays)
    {
        if (stays) Interlocked.Decrement(ref streams);
        else Interlocked.Decrement(ref calls);
    }

    /// <summary>Whether nothing is lost by forgetting the caller: all buckets are full by now.</summary>
    public bool Idle(TimeSpan longest) =>
        Volatile.Read(ref calls) == 0 && Volatile.Read(ref streams) == 0 && time.GetElapsedTime(Volatile.Read(ref seen)) > longest;

    private static bool TryEnter(ref int count, int most)
    {
        if (Interlocked.Increment(ref count) <= most) return true;
        Interlocked.Decrement(ref count);
        return false;
    }
}

/// <summary>Every caller of late.</summary>
internal sealed class CallerTable : IDisposable
{
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(30);
    private readonly ConcurrentDictionary<string, CallerCalls> callers = new(StringComparer.Ordinal);
    private readonly Func<string, CallerCalls> make;
    private readonly TimeSpan longest;
    private readonly ITimer timer;

    public CallerTable(GatewayLimits limits, ISharedBuckets shared, TimeProvider time)
    {
        make = caller => new CallerCalls(caller, limits, shared, time);
        longest = Enum.GetValues<CallClass>().Max(kind => limits.RateOf(kind).UntilFull(0)) + SweepPeriod;
        timer = time.CreateTimer(_ => Sweep(), null, SweepPeriod, SweepPeriod);
    }

    /// <summary>The caller of the token, or the address for a call without a valid one.</summary>
    public CallerCalls Of(HttpContext context) => callers.GetOrAdd(
        context.User.FindFirst("sub") is { } subject ? $"sub:{subject.Value}" : $"from:{context.Connection.RemoteIpAddress}", make);

    public void Dispose() => timer.Dispose();

    private void Sweep()
    {
        foreach (var (caller, calls) in callers)
            if (calls.Idle(longest)) callers.TryRemove(caller, out _);
    }
}
