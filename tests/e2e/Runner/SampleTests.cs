using System.Globalization;
using System.Text.RegularExpressions;
using Jiceng.Cli;
using Shouldly;
using Xunit;

namespace Jiceng.EndToEndTests.Runner;

/// <summary>The suite after its first start, with the sample county and a day in it.</summary>
public sealed class SampleSuite : IAsyncLifetime
{
    internal JicengScript Jiceng { get; } = new();

    internal Outcome FirstUp { get; private set; } = new(-1, "");

    public async ValueTask InitializeAsync() =>
        FirstUp = await Jiceng.RunAsync("up", "-d", "--base-port", Jiceng.BasePort.ToString(CultureInfo.InvariantCulture));

    public ValueTask DisposeAsync() => Jiceng.DisposeAsync();
}

public sealed partial class SampleTests(SampleSuite suite) : IClassFixture<SampleSuite>
{
    [Fact]
    public void Up_FirstTime_LoadsTheCountyAndShowsTheDay()
    {
        var output = suite.FirstUp.Output;

        suite.FirstUp.ExitCode.ShouldBe(Exit.Done, output);
        output.ShouldContain("1 + 11 + 200 + 2901");
        var today = Today().Match(output);
        today.Success.ShouldBeTrue(output);
        var (reported, accepted, closed) = (Number(today, 1), Number(today, 2), Number(today, 3));
        reported.ShouldBeInRange(60, 100);
        accepted.ShouldBeLessThan(reported, "a case is rejected");
        closed.ShouldBeLessThan(accepted, "a case is left for tomorrow");
        Number(today, 4).ShouldBeGreaterThan(0, "cases are sent back");

        // Ranks descend by points. Only equal points share a rank; fewer deductions come first.
        var rows = Rows(output[today.Index..]);
        rows.Count.ShouldBe(10, output);
        rows.Select(r => r.Points).ShouldBe(rows.Select(r => r.Points).OrderDescending());
        for (var i = 0; i < rows.Count; i++) (rows[i].Rank == i + 1 || rows[i] == rows[i - 1]).ShouldBeTrue($"row {i}: {rows[i]}");
        rows[0].Points.ShouldBeGreaterThan(60, "someone has more points than the base score");
    }

    [Fact]
    public async Task Demo_Shangan_MatchesThePublishedQuarterAndIsIdempotent()
    {
        for (var run = 0; run < 2; run++)
        {
            var outcome = await suite.Jiceng.RunAsync("demo", "shangan");

            outcome.ExitCode.ShouldBe(Exit.Done, outcome.Output);
            outcome.Output.ShouldContain("86 items assigned to 11 leadership members; base score 10");
            var rows = Rows(outcome.Output);
            rows.Select(r => r.Points).ShouldBe([12, 11, 11, 10, 10, 10, 10, 10, 10, 10, 8]);
            rows.Select(r => r.Rank).ShouldBe([1, 2, 2, 4, 4, 4, 4, 4, 4, 4, 11]);

            // The source of each point: entries are the differences to the base score, each with its trace.
            var entries = Entry().Matches(outcome.Output);
            entries.Select(e => e.Groups["points"].Value).ShouldBe(["+2", "+1", "+1", "-2"], ignoreOrder: true);
            entries.Select(e => e.Groups["trace"].Value).ShouldBeUnique();
        }
    }

    [Fact]
    public async Task Operations_RebuildAndReplay_KeepTheRanking()
    {
        var before = Rows((await suite.Jiceng.RunAsync("demo", "shangan")).Output);

        (await suite.Jiceng.RunAsync("rebuild")).ShouldSatisfyAllConditions(r => r.ExitCode.ShouldBe(Exit.Done, r.Output));
        (await suite.Jiceng.RunAsync("replay", "cadre")).ShouldSatisfyAllConditions(r => r.ExitCode.ShouldBe(Exit.Done, r.Output), r => r.Output.ShouldNotContain("  0 events"));
        (await suite.Jiceng.RunAsync("replay", "scoring", "--dead-letters")).ShouldSatisfyAllConditions(r => r.ExitCode.ShouldBe(Exit.Done, r.Output));

        Rows((await suite.Jiceng.RunAsync("demo", "shangan")).Output).ShouldBe(before);
    }

    [Fact]
    public async Task Import_FileWithInvalidLines_ReportsThemAndObeysTheFlag()
    {
        var file = Path.Combine(suite.Jiceng.Workspace.Data, "places.csv");
        await File.WriteAllTextAsync(file, "code,name\n411103,郾城区\n41110399,错\n411103001,\"城关镇\n411103002,沙北街道\n", TestContext.Current.CancellationToken);

        var nothing = await suite.Jiceng.RunAsync("import", file, "--all-or-nothing");
        nothing.ExitCode.ShouldBe(Exit.Failed, nothing.Output);
        nothing.Output.ShouldContain("line 3");
        nothing.Output.ShouldContain("line 4");

        // The two valid lines are still new: nothing was imported.
        var some = await suite.Jiceng.RunAsync("import", file);
        some.ExitCode.ShouldBe(Exit.Failed, some.Output);
        some.Output.ShouldContain("2 new, 0 renamed, 0 unchanged; 2 refused");

        var again = await suite.Jiceng.RunAsync("import", file, "--dry-run");
        again.Output.ShouldContain("2 unchanged");
    }

    private static int Number(Match match, int group) => int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    private static List<(int Rank, decimal Points)> Rows(string output) =>
    [
        .. Row().Matches(output).Select(m => (int.Parse(m.Groups[1].ValueSpan, CultureInfo.InvariantCulture), decimal.Parse(m.Groups[2].ValueSpan, CultureInfo.InvariantCulture))),
    ];

    [GeneratedRegex(@"^\s+(\d+)\s+\p{L}{3}\s.*?\s(\d+(?:\.\d+)?)\s*$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"^\s+\p{L}{3}\s+(?<points>[+-]\S+)\s.*\s(?<trace>[0-9a-f]{32})\s*$", RegexOptions.Multiline)]
    private static partial Regex Entry();

    [GeneratedRegex(@"Today: (\d+) reported, (\d+) accepted, (\d+) closed \(\d+ in time\), (\d+) sent back")]
    private static partial Regex Today();
}
