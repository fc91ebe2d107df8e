namespace Jiceng.Bench.Load;

/// <summary>How open loads went second by second. A call counts in the second in which it was due, however long it took.</summary>
internal sealed class Timeline
{
    private readonly long _start = TimeProvider.System.GetTimestamp();
    private readonly Lock _gate = new();
    private readonly SortedDictionary<int, Tally> _seconds = [];

    /// <summary>Since it began.</summary>
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

    /// <summary>What came of the calls of each second, in order; seconds without calls are left out.</summary>
    public IReadOnlyList<(int Second, Measured Measured)> Seconds()
    {
        lock (_gate) return [.. _seconds.Select(pair => (pair.Key, Tally.Merge([pair.Value], 1)))];
    }
}
