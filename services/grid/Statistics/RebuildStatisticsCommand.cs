using Jiceng.Domain;
using Jiceng.Grid.Statistics.Domain;
using Jiceng.Hosting;

namespace Jiceng.Grid.Statistics;

/// <summary><c>rebuild-statistics</c>: counts all cases again; with <c>--dry-run</c> lists the counts that differ from the cases.</summary>
internal sealed class RebuildStatisticsCommand(CaseCountStore counts) : IServiceCommand
{
    private const string DryRun = "--dry-run";
    private const int Shown = 20;

    public string Name => "rebuild-statistics";

    public async Task<int> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        if (args is not ([] or [DryRun]))
        {
            await Console.Error.WriteLineAsync($"{Name}: takes nothing but {DryRun}, which only lists the differences");
            return ExitCode.Usage;
        }

        if (args is [])
        {
            await counts.RebuildAsync(
                level => Console.Out.WriteLine(level == 0 ? "Counted all places together." : $"Counted each {((PlaceLevel)level).ToString().ToLowerInvariant()}."), cancellationToken);
            return ExitCode.Success;
        }

        var differences = await counts.CompareAsync(cancellationToken);
        foreach (var one in differences.Take(Shown))
            await Console.Out.WriteLineAsync(FormattableString.Invariant(
                $"{(one.Place.Length == 0 ? "all places" : one.Place)} {one.Start:O}{(one.Monthly ? " (month)" : "")} {one.Category} {Named(one.What)}: counted {one.Counted}, cases say {one.Expected}"));
        await Console.Out.WriteLineAsync(FormattableString.Invariant($"{differences.Count} counts differ from the cases."));
        return differences.Count == 0 ? ExitCode.Success : ExitCode.Failure;
    }

    private static string Named(int what) => what < HandlingTime.FirstClass ? ((Counted)what).ToString() : "handling times";
}
