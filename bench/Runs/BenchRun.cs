using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Jiceng.Cli;
using Jiceng.Cli.Commands;
using Spectre.Console;

namespace Jiceng.Bench.Runs;

/// <summary>Runs the selected benches, prints the results and writes them to bench/results.</summary>
internal static class BenchRun
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly Dictionary<string, Func<BenchSetting, Task<BenchResult>>> Benches = new()
    {
        ["report"] = ReportBench.RunAsync,
        ["lifecycle"] = LifecycleBench.RunAsync,
        ["ripple"] = RippleBench.RunAsync,
        ["burst"] = BurstBench.RunAsync,
        ["idle"] = IdleBench.RunAsync,
        ["import"] = ImportBench.RunAsync,
        ["queries"] = QueriesBench.RunAsync,
    };

    public static async Task<int> RunAsync(Screen screen, BenchWanted wanted, CancellationToken cancellationToken)
    {
        var setting = new BenchSetting(screen, TimeSpan.FromSeconds(wanted.Seconds), cancellationToken);
        foreach (var name in BenchCommand.Names.Where(name => wanted.Name is null || name == wanted.Name))
        {
            screen.Line($"\n{name}");
            var result = await Benches[name](setting);
            result.Time = TimeProvider.System.GetUtcNow();
            Show(screen, result);
            await WriteAsync(screen, result, cancellationToken);
        }

        return Exit.Done;
    }

    private static void Show(Screen screen, BenchResult result)
    {
        screen.Line($"\n{result.Work}\n{result.Machine.Processor}, {result.Machine.Cores} cores, {result.Machine.MemoryGigabytes} GB; {result.Machine.System}; {result.Machine.Runtime}\n");
        var figures = new Table().Border(TableBorder.Simple).AddColumns("figure", "value", "limit in this run", "ratio", "aim", "");
        foreach (var figure in result.Figures)
        {
            figures.AddRow(Markup.Escape(figure.Name), Markup.Escape($"{Number(figure.Value)} {figure.Unit}"),
                Markup.Escape(figure.LimitValue is { } limit ? $"{Number(limit)} {figure.Unit}: {figure.Limit}" : ""),
                figure.Ratio is { } ratio ? Number(ratio) : "", Markup.Escape(figure.Aim ?? ""), figure.Met is { } met ? met ? "[green]met[/]" : "[red]missed[/]" : "");
        }

        screen.Console.Write(figures);
        var loads = new Table().Border(TableBorder.Simple).AddColumns("load", "calls", "per second", "p50 ms", "p95 ms", "p99 ms", "max ms", "failed");
        foreach (var load in result.Distributions)
        {
            loads.AddRow(Markup.Escape(load.Name), $"{load.Calls}", Number(load.Rate), Number(load.P50), Number(load.P95), Number(load.P99), Number(load.Max),
                Markup.Escape(string.Join(", ", load.Errors.Select(error => $"{error.Key} {error.Value}"))));
        }

        screen.Console.Write(loads);
        if (result.Processes.Count == 0) return;
        var processes = new Table().Border(TableBorder.Simple).AddColumns("load", "process", "cores", "MB");
        foreach (var process in result.Processes) processes.AddRow(Markup.Escape(process.Load), process.Process, Number(process.Cores), $"{process.Megabytes}");
        screen.Console.Write(processes);
    }

    private static async Task WriteAsync(Screen screen, BenchResult result, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Workspace.Find(null).Root, "bench", "results")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, $"{result.Name}.json"), JsonSerializer.Serialize(new
        {
            result.Name,
            result.Work,
            result.Time,
            result.Machine,
            result.Figures,
            result.Distributions,
            result.Processes,
        }, Json) + "\n", cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder, $"{result.Name}.svg"), result.Plot.ToSvg(), cancellationToken);
        screen.Good($"bench/results/{result.Name}.json and {result.Name}.svg");
    }

    private static string Number(double value) => value.ToString(Math.Abs(value) >= 100 ? "#,0" : "0.###", CultureInfo.InvariantCulture);
}

/// <summary>Settings of every bench: progress display, length of each measurement, and cancellation.</summary>
internal sealed record BenchSetting(Screen Screen, TimeSpan Duration, CancellationToken Token)
{
    public TimeSpan WarmUp => TimeSpan.FromSeconds(Math.Clamp(Duration.TotalSeconds * 1.5, 5, 30));
}
