using System.Globalization;
using System.Text.Json;
using Xunit;

namespace Jiceng.ArchitectureTests.Docs;

/// <summary>docs/performance.md shows the results in bench/results.</summary>
public sealed class ResultDocTests
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    private static readonly IReadOnlyList<Result> Results = Read("bench/results");

    private static readonly IReadOnlyList<Result> Before = Read("bench/results/before");

    [Fact]
    public void Figures_EveryOne_StandsInTheDocument() => new DocTable("docs/performance.md", "Bench", "Figure", "Value", "Limit in the same run", "Ratio", "Aim", "Met")
        .HoldEqual([.. Results.SelectMany(result => result.Figures.Select(figure => figure.Row(result.Name)))]);

    [Fact]
    public void Machines_OfEveryBench_StandInTheDocument() => new DocTable("docs/performance.md", "Bench", "Measured", "Machine").HoldEqual(
    [
        .. Results.Select(result => DocTable.Row(result.Name, result.Time.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture),
            $"{result.Machine.Processor}, {result.Machine.Cores} cores, {result.Machine.MemoryGigabytes} GB; {result.Machine.System}; {result.Machine.Runtime}")),
    ]);

    [Fact]
    public void FiguresOfBefore_ThatWereMeasuredAgain_StandBesideTheNewOnes() =>
        new DocTable("docs/performance.md", "Bench", "Figure", "At first", "Now", "Ratio at first", "Ratio now").HoldEqual(
    [
        .. from before in Before
           from now in Results.Where(result => result.Name == before.Name)
           from was in before.Figures
           from figure in now.Figures.Where(figure => figure.Name == was.Name && figure.Limit == was.Limit)
           select DocTable.Row(before.Name, was.Limit is null ? was.Name : $"{was.Name}, against {was.Limit}", was.Shown, figure.Shown, was.ShownRatio, figure.ShownRatio),
    ]);

    private static List<Result> Read(string folder) =>
    [
        .. Repository.Files.Where(file => file.Extension == ".json" && Path.GetDirectoryName(file.Path) == folder)
            .Select(file => JsonSerializer.Deserialize<Result>(file.Text, Options)!),
    ];

    private static string Number(double value) => value.ToString(Math.Abs(value) >= 100 ? "#,0" : "0.###", CultureInfo.InvariantCulture);

    private sealed record Result(string Name, DateTimeOffset Time, Machine Machine, IReadOnlyList<Figure> Figures);

    private sealed record Machine(string Processor, int Cores, long MemoryGigabytes, string System, string Runtime);

    private sealed record Figure(string Name, double Value, string Unit, string? Limit, double? LimitValue, double? Ratio, string? Aim, bool? Met)
    {
        public string Shown => $"{Number(Value)} {Unit}".TrimEnd();

        public string ShownRatio => Ratio is { } ratio ? Number(ratio) : "";

        public string Row(string bench) => DocTable.Row(bench, Name, Shown, LimitValue is { } limit ? $"{Number(limit)} {Unit}: {Limit}" : "",
            ShownRatio, Aim ?? "", Met switch { true => "yes", false => "no", null => "" });
    }
}
