using System.Globalization;
using System.Text.Json;
using Xunit;

namespace Jiceng.ArchitectureTests.Docs;

/// <summary>docs/performance.md tells what bench/results holds.</summary>
public sealed class ResultDocTests
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    private static readonly IReadOnlyList<Result> Results =
    [
        .. Repository.Files.Where(file => file.Path.StartsWith("bench/results/", StringComparison.Ordinal) && file.Extension == ".json")
            .Select(file => JsonSerializer.Deserialize<Result>(file.Text, Options)!),
    ];

    [Fact]
    public void Figures_EveryOne_StandsInTheDocument() => new DocTable("docs/performance.md", "Bench", "Figure", "Value", "Limit in the same run", "Ratio", "Aim", "Met")
        .HoldEqual([.. Results.SelectMany(result => result.Figures.Select(figure => figure.Row(result.Name)))]);

    [Fact]
    public void Machines_OfEveryBench_StandInTheDocument() => new DocTable("docs/performance.md", "Bench", "Measured", "Machine").HoldEqual(
    [
        .. Results.Select(result => DocTable.Row(result.Name, result.Time.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture),
            $"{result.Machine.Processor}, {result.Machine.Cores} cores, {result.Machine.MemoryGigabytes} GB; {result.Machine.System}; {result.Machine.Runtime}")),
    ]);

    private static string Number(double value) => value.ToString(Math.Abs(value) >= 100 ? "#,0" : "0.###", CultureInfo.InvariantCulture);

    private sealed record Result(string Name, DateTimeOffset Time, Machine Machine, IReadOnlyList<Figure> Figures);

    private sealed record Machine(string Processor, int Cores, long MemoryGigabytes, string System, string Runtime);

    private sealed record Figure(string Name, double Value, string Unit, string? Limit, double? LimitValue, double? Ratio, string? Aim, bool? Met)
    {
        public string Row(string bench) => DocTable.Row(bench, Name, $"{Number(Value)} {Unit}".TrimEnd(), LimitValue is { } limit ? $"{Number(limit)} {Unit}: {Limit}" : "",
            Ratio is { } ratio ? Number(ratio) : "", Aim ?? "", Met switch { true => "yes", false => "no", null => "" });
    }
}
