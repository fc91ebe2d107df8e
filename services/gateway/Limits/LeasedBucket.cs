namespace Jiceng.Gateway.Limits;

/// <summary>What a caller is told about the rate.</summary>
/// <param name="Granted">Whether the call may pass.</param>
/// <param name="Level">Calls that may follow at once, as far as this replica knows.</param>
/// <param name="Wait">When it may not: how long until another may.</param>
/// <param name="Alone">Whether this process decided by itself.</param>
internal readonly record struct Taken(bool Granted, double Level, TimeSpan Wait, bool Alone);

/// <summary>
/// The part of a shared bucket that this replica holds. It takes a lease of calls at once and grants them without asking, and asks again
/// before they are used up. When the shared bucket is away it goes on from what that held last, filling at the same rate.
/// </summary>
internal sealed class LeasedBucket(string key, Rate rate, ISharedBuckets shared, TimeProvider time)
{
    private readonly Lock gate = new();
    private int leased;
    private double level = rate.Burst;
    private long known = time.GetTimestamp();
    private long closed;
    private TimeSpan closedFor;
    private Task? asking;

    /// <summary>Takes one call.</summary>
    public async ValueTask<Taken> TakeAsync()
    {
        while (true)
        {
            Task answer;
            lock (gate)
            {
                if (Decide() is { } taken) return taken;
                answer = asking ??= AskAsync();
            }

            await answer;
        }
    }

    /// <summary>What can be decided without asking; null when the shared bucket has to be asked.</summary>
    private Taken? Decide()
    {
        if (leased > 0)
        {
            leased--;
            if (leased <= rate.LowWater && !shared.Away && ClosedStill() == TimeSpan.Zero) asking ??= AskAsync();
            return new Taken(true, leased + Known(), TimeSpan.Zero, false);
        }

        if (ClosedStill() is var wait && wait > TimeSpan.Zero) return new Taken(false, 0, wait, false);
        if (!shared.Away) return null;
        level = Known();
        known = time.GetTimestamp();
        if (level < 1) return new Taken(false, 0, rate.UntilOne(level), true);
        level--;
        return new Taken(true, level, TimeSpan.Zero, true);
    }

    private async Task AskAsync()
    {
        // Outside the lock, which the first caller holds.
        await Task.Yield();
        double last;
        lock (gate) last = Known();
        Lease? lease = null;
        try
        {
            lease = await shared.TakeAsync(key, rate, last);
        }
        finally
        {
            lock (gate)
            {
                asking = null;
                if (lease is not null)
                {
                    leased += lease.Granted;
                    level = lease.Level;
                    known = time.GetTimestamp();
                    // Nobody asks again before there is something to take.
                    (closed, closedFor) = lease.Granted > 0 ? (0, TimeSpan.Zero) : (known, rate.UntilOne(lease.Level));
                }
            }
        }
    }

    private double Known() => rate.After(level, time.GetElapsedTime(known));

    private TimeSpan ClosedStill()
    {
        if (closedFor == TimeSpan.Zero) return TimeSpan.Zero;
        var left = closedFor - time.GetElapsedTime(closed);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
