using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Jiceng.Cli.Processes;

namespace Jiceng.Cli.Testing;

/// <summary>Runs the test programs of the solution and shows failures as they occur.</summary>
internal sealed partial class TestRun(Workspace workspace, Screen screen, TimeProvider time, IReadOnlyDictionary<string, string> settings)
{
    private static readonly TimeSpan LongestRun = TimeSpan.FromMinutes(20);

    // Starts first in one lane while the others share the second, so that both lanes end at about the same time.
    private const string Longest = "EndToEndTests";
    private const int Lanes = 2;

    /// <summary>Every executable project of the solution below tests/.</summary>
    public static IReadOnlyList<string> Programs(string root)
    {
        var solution = XElement.Load(Path.Combine(root, "Jiceng.slnx"));
        return
        [
            .. solution.Descendants("Project").Select(p => p.Attribute("Path")!.Value).Where(p => p.StartsWith("tests/", StringComparison.Ordinal))
                .Where(p => XElement.Load(Path.Combine(root, p)).Descendants("OutputType").Any(t => t.Value == "Exe"))
                .Select(p => Path.GetFileNameWithoutExtension(p)),
        ];
    }

    public async Task<IReadOnlyList<TestSummary>> RunAsync(string? filter, CancellationToken cancellationToken)
    {
        var programs = Programs(workspace.Root);
        var results = Directory.CreateDirectory(Path.Combine(workspace.Root, "artifacts", "test-results")).FullName;
        var summaries = new ConcurrentBag<TestSummary>();
        await Parallel.ForEachAsync(
            programs.OrderByDescending(program => program == Longest),
            new ParallelOptions { MaxDegreeOfParallelism = Lanes, CancellationToken = cancellationToken },
            async (program, token) => summaries.Add(await RunOneAsync(program, filter, results, token)));
        return [.. summaries];
    }

    private async Task<TestSummary> RunOneAsync(string program, string? filter, string results, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        var file = Path.Combine(results, $"{program}.xml");
        File.Delete(file);
        var path = Path.Combine(workspace.Root, "artifacts", "bin", program, "debug", $"Jiceng.{program}");
        if (!File.Exists(path)) throw new CliException($"{path} was not built.");

        var count = 0;
        string[] command = [path, "-noLogo", "-noColor", "-noAutoReporters", "-result-xml", file, .. filter is null ? Array.Empty<string>() : ["-method", $"*{filter}*"]];
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(LongestRun);
        await using var progress = time.CreateTimer(_ => screen.Line($"  {program}: {time.GetElapsedTime(start).TotalSeconds:0} s ..."), null, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(20));
        int code;
        try
        {
            code = await Tool.RunAsync(command, workspace.Root, line =>
            {
                if (Chatter().IsMatch(line)) return;
                screen.Line(count++ == 0 ? $"{program}:\n{line}" : line);
            }, late.Token, settings);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            screen.Bad($"{program} was stopped: it was still running after {LongestRun.TotalMinutes:0} minutes.");
            return new TestSummary(program, 0, 1, 0);
        }

        var summary = TestSummary.Read(program, file, code);
        var text = $"{program}: {summary.Passed} passed, {summary.Failed} failed{(summary.Skipped > 0 ? $", {summary.Skipped} skipped" : "")}  {time.GetElapsedTime(start).TotalSeconds:0.0} s";
        if (summary.Failed + summary.Skipped > 0) screen.Bad(text);
        else screen.Good(text);
        return summary;
    }

    /// <summary>Output of the test runner about itself.</summary>
    [GeneratedRegex(@"^(\s*(Discovering|Discovered|Starting|Finished):\s.*|=== TEST EXECUTION SUMMARY ===|\s+\S+\s+Total: .*|\s*)$")]
    private static partial Regex Chatter();
}
