namespace Jiceng.Sidecar.Resilience;

/// <summary>An attempt that failed with an HTTP status, which a retry rule may filter.</summary>
internal sealed class StatusException(int status, string message) : Exception(message)
{
    public int Status { get; } = status;
}

/// <summary>Number and pace of retries. A negative MaxRetries means unlimited.</summary>
internal sealed record RetryRule
{
    private static readonly TimeSpan ExponentialStart = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ExponentialEnd = TimeSpan.FromMinutes(15);

    public bool Exponential { get; init; }

    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan MaxInterval { get; init; } = TimeSpan.FromSeconds(60);

    public int MaxRetries { get; init; } = -1;

    /// <summary>The HTTP statuses to retry; null for all. Failures without a status are always retried.</summary>
    public IReadOnlyList<(int From, int To)>? HttpStatuses { get; init; }

    /// <summary>The delay before the next attempt, or null to give up. <paramref name="attempts"/> counts those made.</summary>
    public TimeSpan? PauseAfter(int attempts, TimeSpan elapsed, Exception failure)
    {
        if (MaxRetries >= 0 && attempts > MaxRetries) return null;
        if (failure is StatusException { Status: var status } && HttpStatuses is not null && !HttpStatuses.Any(r => status >= r.From && status <= r.To)) return null;
        if (!Exponential) return Duration;
        if (elapsed > ExponentialEnd) return null;
        var interval = Math.Min(ExponentialStart.TotalMilliseconds * Math.Pow(1.5, attempts - 1), MaxInterval.TotalMilliseconds);
#pragma warning disable CA5394 // spreads load; nothing secret depends on it
        return TimeSpan.FromMilliseconds(interval * (0.5 + Random.Shared.NextDouble()));
#pragma warning restore CA5394
    }
}
