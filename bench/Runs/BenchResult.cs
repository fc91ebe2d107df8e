using Jiceng.Bench.Load;

namespace Jiceng.Bench.Runs;

/// <summary>What a bench found: figures beside the limits of the same run, how long calls took, what the parts used.</summary>
internal sealed class BenchResult
{
    public required string Name { get; init; }

    /// <summary>What was done, in a sentence.</summary>
    public required string Work { get; init; }

    public DateTimeOffset Time { get; set; }

    public Machine Machine { get; } = Machine.Here();

    public List<Figure> Figures { get; } = [];

    public List<Distribution> Distributions { get; } = [];

    public List<ProcessFigure> Processes { get; } = [];

    /// <summary>What the plot shows.</summary>
    public required Plot Plot { get; init; }

    /// <summary>Adds a load that was measured.</summary>
    public void Add(string name, Measured measured)
    {
        var latencies = measured.Latencies;
        Distributions.Add(new Distribution(name, latencies.Count, Math.Round(measured.Rate, 1), latencies.Milliseconds(0.5), latencies.Milliseconds(0.95),
            latencies.Milliseconds(0.99), latencies.Max.TotalMilliseconds, measured.Errors));
    }

    /// <summary>Adds what the processes used during one of the loads.</summary>
    public void Add(string load, IEnumerable<ProcessUse> uses) =>
        Processes.AddRange(uses.Select(use => new ProcessFigure(load, use.Name, Math.Round(use.Cores, 2), use.ResidentBytes / 1024 / 1024)));
}

/// <summary>A figure. With a limit, the ratio to it is what counts; an aim is what the ratio, or the figure itself, should reach.</summary>
internal sealed record Figure(string Name, double Value, string Unit)
{
    public string? Limit { get; init; }

    public double? LimitValue { get; init; }

    public double? Ratio => LimitValue is { } limit ? Math.Round(Value / limit, 3) : null;

    /// <summary>For example "≥ 0.35" or "≤ 50".</summary>
    public string? Aim { get; init; }

    public bool? Met { get; init; }

    public static Figure AtLeast(string name, double value, string unit, string limit, double limitValue, double aim) => new(name, value, unit)
    {
        Limit = limit,
        LimitValue = limitValue,
        Aim = FormattableString.Invariant($"≥ {aim}"),
        Met = value / limitValue >= aim,
    };

    public static Figure AtMost(string name, double value, string unit, double aim) => new(name, value, unit)
    {
        Aim = FormattableString.Invariant($"≤ {aim}"),
        Met = value <= aim,
    };
}

/// <summary>One load: calls answered, calls per second, latencies in milliseconds, failures by status.</summary>
internal sealed record Distribution(
    string Name, long Calls, double Rate, double P50, double P95, double P99, double Max, IReadOnlyDictionary<string, long> Errors);

/// <summary>What a process used during a load: cores, and megabytes at its end.</summary>
internal sealed record ProcessFigure(string Load, string Process, double Cores, long Megabytes);

/// <summary>The machine that a figure was measured on.</summary>
internal sealed record Machine(string Processor, int Cores, long MemoryGigabytes, string System, string Runtime)
{
    public static Machine Here() => new(
        File.ReadLines("/proc/cpuinfo").Where(line => line.StartsWith("model name", StringComparison.Ordinal)).Select(line => line[(line.IndexOf(':') + 1)..].Trim()).FirstOrDefault() ?? "?",
        Environment.ProcessorCount,
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1024 / 1024 / 1024,
        global::System.Runtime.InteropServices.RuntimeInformation.OSDescription,
        global::System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription);
}
