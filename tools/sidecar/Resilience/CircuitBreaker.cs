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
    private readonly Lock _gate = new();
    private long _since = time.GetTimestamp();
    private bool _open;
    private bool _halfOpen;
    private int _failures;
    private int _admitted;
    private int _successes;

    /// <exception cref="BreakerOpenException">The breaker rejects the call.</exception>
    public void Enter()
    {
        lock (_gate)
        {
            if (_open && time.GetElapsedTime(_since) >= rule.Timeout) (_open, _halfOpen, _admitted, _successes) = (false, true, 0, 0);
            if (_open || (_halfOpen && _admitted >= rule.MaxRequests)) throw new BreakerOpenException();
            if (_halfOpen) _admitted++;
            else if (rule.Interval > TimeSpan.Zero && time.GetElapsedTime(_since) >= rule.Interval) (_since, _failures) = (time.GetTimestamp(), 0);
        }
    }

    public void Report(bool success)
    {
        lock (_gate)
        {
            if (_open) return;
            if (_halfOpen && success && ++_successes < rule.MaxRequests) return;
            if (success)
            {
                if (_halfOpen) _since = time.GetTimestamp();
                (_halfOpen, _failures) = (false, 0);
            }
            else if (_halfOpen || ++_failures >= rule.TripAfter)
            {
                (_open, _halfOpen, _failures, _since) = (true, false, 0, time.GetTimestamp());
            }
        }
    }
}
