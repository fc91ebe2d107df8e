using System.Collections.Concurrent;

namespace Jiceng.Gateway.Routing;

/// <summary>
/// Whether calls to a service are worth a try. After some failures in a row it opens: calls are refused at once, in place of each waiting for a
/// service that does not answer and keeping a place from calls to the others. Once in a while one call is let through; its answer closes it.
/// </summary>
internal sealed class Circuit(int most, TimeSpan pause, TimeProvider time)
{
    private readonly Lock gate = new();
    private int failures;
    private long tried;

    /// <summary>Null when a call may pass, else how long until the next one is let through.</summary>
    /// <param name="unhealthy">Whether the probes of health get no answer from it: then it is open, whatever the calls found.</param>
    public TimeSpan? Refuses(bool unhealthy)
    {
        // The hot path: nothing has failed.
        if (!unhealthy && Volatile.Read(ref failures) < most) return null;
        lock (gate)
        {
            if (!unhealthy && failures < most) return null;
            var left = pause - time.GetElapsedTime(tried);
            if (left > TimeSpan.Zero) return left;
            tried = time.GetTimestamp();
            return null;
        }
    }

    /// <summary>The service answered. True when that closes the circuit.</summary>
    public bool Answered()
    {
        if (Volatile.Read(ref failures) == 0) return false;
        lock (gate)
        {
            var was = failures >= most;
            failures = 0;
            return was;
        }
    }

    /// <summary>The service did not answer. True when that opens the circuit.</summary>
    public bool Failed()
    {
        lock (gate)
        {
            tried = time.GetTimestamp();
            return ++failures == most;
        }
    }
}

/// <summary>The circuit of each service.</summary>
internal sealed class Circuits(GatewayLimits limits, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Circuit> circuits = new(StringComparer.OrdinalIgnoreCase);

    public Circuit Of(string cluster) =>
        circuits.TryGetValue(cluster, out var found) ? found : circuits.GetOrAdd(cluster, _ => new Circuit(limits.CircuitFailures, limits.CircuitPause, time));
}
