namespace Jiceng.Sidecar.Resilience;

/// <summary>The circuit breaker is open; an immediate retry is pointless.</summary>
internal sealed class BreakerOpenException() : Exception("circuit breaker is open");

internal sealed record BreakerRule
{
    public required string Name { get; init; }

    /// <summary>Number of calls that a half-open breaker admits, and of successes that close it.</summary>
    public int MaxRequests { get; init; } = 1;

    /// <summary>Period after which a closed breaker resets its count; zero for never.</summary>
    public TimeSpan Interval { get; init; }

    /// <summary>Time that an open breaker rejects calls before it becomes half-open.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Number of consecutive failures that opens the breaker.</summary>
    public int TripAfter { get; init; } = 6;
}

/// <summary>Closed, open or half-open; one instance serves both directions of a component.</summary>
internal sealed class CircuitBreaker(BreakerRule rule, TimeProvider time)
{
    private readonly Lock gate = new();
    private long since = time.GetTimestamp();
    private bool open;
    private bool halfOpen;
    private int failures;
    private int admitted;
    private int successes;

    /// <exception cref="BreakerOpenException">The breaker rejects the call.</exception>
    public void Enter()
    {
        lock (gate)
        {
            if (open && time.GetElapsedTime(since) >= rule.Timeout) (open, halfOpen, admitted, successes) = (false, true, 0, 0);
            if (open || (halfOpen && admitted >= rule.MaxRequests)) throw new BreakerOpenException();
            if (halfOpen) admitted++;
            else if (rule.Interval > TimeSpan.Zero && time.GetElapsedTime(since) >= rule.Interval) (since, failures) = (time.GetTimestamp(), 0);
        }
    }

    public void Report(bool success)
    {
        lock (gate)
        {
            if (open) return;
            if (halfOpen && success && ++successes < rule.MaxRequests) return;
            if (success)
            {
                if (halfOpen) since = time.GetTimestamp();
                (halfOpen, failures) = (false, 0);
            }
            else if (halfOpen || ++failures >= rule.TripAfter)
            {
                (open, halfOpen, failures, since) = (true, false, 0, time.GetTimestamp());
            }
        }
    }
}
