using System.Collections.Concurrent;

namespace Jiceng.Gateway.Routing;

/// <summary>
/// The circuit breaker of a service. After several failures in a row it opens: calls are refused at once instead of waiting for a service
/// that does not answer. After each pause one call may pass; its success closes the circuit.
/// </summary>
internal sealed class Circuit(int failureThreshold, TimeSpan pause, TimeProvider time)
{
    private readonly Lock _gate = new();
    private int _failures;
    private long _lastAttempt;

    /// <summary>Returns whether a call may pass.</summary>
    /// <param name="unhealthy">Whether the health probes fail; the circuit is open then, whatever the calls found.</param>
    /// <param name="retryAfter">When it may not: the time until the next call may.</param>
    public bool TryAcquire(bool unhealthy, out TimeSpan retryAfter)
    {
        retryAfter = TimeSpan.Zero;
        // The hot path: nothing has failed.
        if (!unhealthy && Volatile.Read(ref _failures) < failureThreshold) return true;
        lock (_gate)
        {
            if (!unhealthy && _failures < failureThreshold) return true;
            retryAfter = pause - time.GetElapsedTime(_lastAttempt);
            if (retryAfter > TimeSpan.Zero) return false;
            _lastAttempt = time.GetTimestamp();
            return true;
        }
    }

    /// <summary>Records a success; returns true when it closes the circuit.</summary>
    public bool RecordSuccess()
    {
        if (Volatile.Read(ref _failures) == 0) return false;
        lock (_gate)
        {
            var wasOpen = _failures >= failureThreshold;
            _failures = 0;
            return wasOpen;
        }
    }

    /// <summary>Records a failure; returns true when it opens the circuit.</summary>
    public bool RecordFailure()
    {
        lock (_gate)
        {
            _lastAttempt = time.GetTimestamp();
            return ++_failures == failureThreshold;
        }
    }
}

/// <summary>The circuit of each service.</summary>
internal sealed class Circuits(GatewayLimits limits, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Circuit> _circuits = new(StringComparer.OrdinalIgnoreCase);

    public Circuit Get(string cluster) =>
        _circuits.TryGetValue(cluster, out var found) ? found : _circuits.GetOrAdd(cluster, _ => new Circuit(limits.CircuitFailures, limits.CircuitPause, time));
}
