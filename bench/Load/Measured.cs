namespace Jiceng.Bench.Load;

/// <summary>What came of one load: its length in seconds, how long the calls took that were answered, and how many failed how.</summary>
internal sealed record Measured(double Seconds, Latencies Latencies, IReadOnlyDictionary<string, long> Errors)
{
    /// <summary>Calls per second that succeeded.</summary>
    public double Rate => Latencies.Count / Seconds;

    public long Failed => Errors.Values.Sum();
}
