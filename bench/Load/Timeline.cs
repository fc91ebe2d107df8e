namespace Jiceng.Bench.Load;

/// <summary>Results of open loads by second. A call counts in the second it was due, however long it took.</summary>
internal sealed class Timeline
{
    private readonly long _start = TimeProvider.System.GetTimestamp();
    private readonly Lock _gate = new();
    private readonly SortedDictionary<int, Tally> _seconds = [];

    /// <summary>Time since the start.</summary>
    public TimeSpan Elapsed => TimeProvider.System.GetElapsedTime(_start);

    public void Add(TimeSpan due, TimeSpan took, string? error)
    {
        var second = (int)due.TotalSeconds;
        lock (_gate)
        {
            if (!_seconds.TryGetValue(second, out var tally)) _seconds[second] = tally = new Tally();
            tally.Add(took, error);
        }
    }

    /// <summary>Results in order of their seconds; seconds without calls are omitted.</summary>
    public IReadOnlyList<(int Second, Measurement Measurement)> Seconds()
    {
        lock (_gate) return [.. _seconds.Select(pair => (pair.Key, Tally.Merge([pair.Value], 1)))];
    }
}
