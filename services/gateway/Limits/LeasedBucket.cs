namespace Jiceng.Gateway.Limits;

/// <summary>The decision about one call.</summary>
/// <param name="IsAcquired">Whether the call may pass.</param>
/// <param name="Level">Calls that may follow at once, as far as this replica knows.</param>
/// <param name="RetryAfter">When it may not: the time until the next call may.</param>
/// <param name="IsLocal">Whether this process decided without the shared bucket.</param>
internal readonly record struct RateDecision(bool IsAcquired, double Level, TimeSpan RetryAfter, bool IsLocal);

/// <summary>
/// This replica's part of a shared token bucket. It leases several calls at once, grants them without a round trip, and renews the lease before
/// they are used up. While the shared bucket is unavailable, it continues locally from the last known level, at the same rate.
/// </summary>
internal sealed class LeasedBucket(string key, Rate rate, ISharedBuckets shared, TimeProvider time)
{
    private readonly Lock _gate = new();
    private int _leased;
    private double _level = rate.Burst;
    private long _levelTime = time.GetTimestamp();
    private long _closed;
    private TimeSpan _closedFor;
    private Task? _renewal;

    /// <summary>Takes a permit for one call.</summary>
    public async ValueTask<RateDecision> AcquireAsync()
    {
        while (true)
        {
            Task answer;
            lock (_gate)
            {
                if (TryDecide() is { } decision) return decision;
                answer = _renewal ??= RenewAsync();
            }

            await answer;
        }
    }

    /// <summary>Decides without a round trip, or returns null when the shared bucket has to be asked.</summary>
    private RateDecision? TryDecide()
    {
        if (_leased > 0)
        {
            _leased--;
            if (_leased <= rate.LowWater && !shared.IsUnavailable && RemainingClosed() == TimeSpan.Zero) _renewal ??= RenewAsync();
            return new RateDecision(true, _leased + CurrentLevel(), TimeSpan.Zero, false);
        }

        if (RemainingClosed() is var wait && wait > TimeSpan.Zero) return new RateDecision(false, 0, wait, false);
        if (!shared.IsUnavailable) return null;
        _level = CurrentLevel();
        _levelTime = time.GetTimestamp();
        if (_level < 1) return new RateDecision(false, 0, rate.UntilOne(_level), true);
        _level--;
        return new RateDecision(true, _level, TimeSpan.Zero, true);
    }

    private async Task RenewAsync()
    {
        // Outside the lock, which the first caller holds.
        await Task.Yield();
        double last;
        lock (_gate) last = CurrentLevel();
        Lease? lease = null;
        try
        {
            lease = await shared.TakeAsync(key, rate, last);
        }
        finally
        {
            lock (_gate)
            {
                _renewal = null;
                if (lease is not null)
                {
                    _leased += lease.Granted;
                    _level = lease.Level;
                    _levelTime = time.GetTimestamp();
                    // Nobody asks again before there is something to take.
                    (_closed, _closedFor) = lease.Granted > 0 ? (0, TimeSpan.Zero) : (_levelTime, rate.UntilOne(lease.Level));
                }
            }
        }
    }

    private double CurrentLevel() => rate.After(_level, time.GetElapsedTime(_levelTime));

    private TimeSpan RemainingClosed()
    {
        if (_closedFor == TimeSpan.Zero) return TimeSpan.Zero;
        var left = _closedFor - time.GetElapsedTime(_closed);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
