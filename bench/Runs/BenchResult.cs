using Jiceng.Bench.Load;

namespace Jiceng.Bench.Runs;

/// <summary>The result of a bench: figures with the limits of the same run, latencies, and resource use.</summary>
internal sealed class BenchResult
{
    public required string Name { get; init; }

    /// <summary>One sentence about the work.</summary>
    public required string Work { get; init; }

    public DateTimeOffset Time { get; set; }

    public Machine Machine { get; } = Machine.Current();

    public List<Figure> Figures { get; } = [];

    public List<Distribution> Distributions { get; } = [];

    public List<ProcessFigure> Processes { get; } = [];

    /// <summary>The plot of the result.</summary>
    public required Plot Plot { get; init; }

    /// <summary>Adds a measured load.</summary>
    public void Add(string name, Measurement measured)
    {
        var latencies = measured.Latencies;
        Distributions.Add(new Distribution(name, latencies.Count, Math.Round(measured.Rate, 1), latencies.Milliseconds(0.5), latencies.Milliseconds(0.95),
            latencies.Milliseconds(0.99), latencies.Max.TotalMilliseconds, measured.Errors));
    }

    /// <summary>Adds the resource use during a load.</summary>
    public void Add(string load, IEnumerable<ProcessUse> uses) =>
        Processes.AddRange(uses.Select(use => new ProcessFigure(load, use.Name, Math.Round(use.Cores, 2), use.ResidentBytes / 1024 / 1024)));
}

/// <summary>
/// A figure. With a limit, the ratio to it matters; an aim is the target of the ratio or, without a limit, of the figure.
/// </summary>
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

/// <summary>One load: successful calls, calls per second, latencies in milliseconds, failures by status.</summary>
internal sealed record Distribution(
    string Name, long Calls, double Rate, double P50, double P95, double P99, double Max, IReadOnlyDictionary<string, long> Errors);

/// <summary>Resource use of a process during a load: cores, and memory at its end.</summary>
internal sealed record ProcessFigure(string Load, string Process, double Cores, long Megabytes);

/// <summary>The machine of a measurement.</summary>
internal sealed record Machine(string Processor, int Cores, long MemoryGigabytes, string System, string Runtime)
{
    public static Machine Current() => new(
        File.ReadLines("/proc/cpuinfo").Where(line => line.StartsWith("model name", StringComparison.Ordinal)).Select(line => line[(line.IndexOf(':') + 1)..].Trim()).FirstOrDefault() ?? "?",
        Environment.ProcessorCount,
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1024 / 1024 / 1024,
        global::System.Runtime.InteropServices.RuntimeInformation.OSDescription,
        global::System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription);
}
