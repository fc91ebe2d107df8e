namespace Jiceng.Bench.Load;

/// <summary>Counts completed calls. Not thread-safe.</summary>
internal sealed class Tally
{
    private readonly Latencies _latencies = new();
    private readonly Dictionary<string, long> _errors = [];

    public void Add(TimeSpan latency, string? error)
    {
        if (error is null) _latencies.Add(latency);
        else _errors[error] = _errors.GetValueOrDefault(error) + 1;
    }

    public static Measurement Merge(IEnumerable<Tally> tallies, double seconds)
    {
        var latencies = new Latencies();
        var errors = new Dictionary<string, long>();
        foreach (var tally in tallies)
        {
            latencies.Add(tally._latencies);
            foreach (var (error, count) in tally._errors) errors[error] = errors.GetValueOrDefault(error) + count;
        }

        return new Measurement(seconds, latencies, errors);
    }
}
