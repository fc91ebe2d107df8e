namespace Jiceng.Bench.Load;

/// <summary>The result of a load: length in seconds, latencies of the successful calls, and number of failures by status.</summary>
internal sealed record Measurement(double Seconds, Latencies Latencies, IReadOnlyDictionary<string, long> Errors)
{
    /// <summary>Successful calls per second.</summary>
    public double Rate => Latencies.Count / Seconds;

    public long Failed => Errors.Values.Sum();
}
