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
    private readonly Lock gate = new();
    private int leased;
    private double level = rate.Burst;
    private long levelTime = time.GetTimestamp();
    private long closed;
    private TimeSpan closedFor;
    private Task? renewal;

    /// <summary>Takes a permit for one call.</summary>
    public async ValueTask<RateDecision> AcquireAsync()
    {
        while (true)
        {
            Task answer;
            lock (gate)
            {
                if (TryDecide() is { } decision) return decision;
                answer = renewal ??= RenewAsync();
            }

            await answer;
        }
    }

    /// <summary>Decides without a round trip, or returns null when the shared bucket has to be asked.</summary>
    private RateDecision? TryDecide()
    {
        if (leased > 0)
        {
            leased--;
            if (leased <= rate.LowWater && !shared.IsUnavailable && RemainingClosed() == TimeSpan.Zero) renewal ??= RenewAsync();
            return new RateDecision(true, leased + CurrentLevel(), TimeSpan.Zero, false);
        }

        if (RemainingClosed() is var wait && wait > TimeSpan.Zero) return new RateDecision(false, 0, wait, false);
        if (!shared.IsUnavailable) return null;
        level = CurrentLevel();
        levelTime = time.GetTimestamp();
        if (level < 1) return new RateDecision(false, 0, rate.UntilOne(level), true);
        level--;
        return new RateDecision(true, level, TimeSpan.Zero, true);
    }

    private async Task RenewAsync()
    {
        // Outside the lock, which the first caller holds.
        await Task.Yield();
        double last;
        lock (gate) last = CurrentLevel();
        Lease? lease = null;
        try
        {
            lease = await shared.TakeAsync(key, rate, last);
        }
        finally
        {
            lock (gate)
            {
                renewal = null;
                if (lease is not null)
                {
                    leased += lease.Granted;
                    level = lease.Level;
                    levelTime = time.GetTimestamp();
                    // Nobody asks again before there is something to take.
                    (closed, closedFor) = lease.Granted > 0 ? (0, TimeSpan.Zero) : (levelTime, rate.UntilOne(lease.Level));
                }
            }
        }
    }

    private double CurrentLevel() => rate.After(level, time.GetElapsedTime(levelTime));

    private TimeSpan RemainingClosed()
    {
        if (closedFor == TimeSpan.Zero) return TimeSpan.Zero;
        var left = closedFor - time.GetElapsedTime(closed);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
