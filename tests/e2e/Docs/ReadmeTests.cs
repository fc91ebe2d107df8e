using System.Diagnostics;
using System.Globalization;
using System.Text;
using Jiceng.Cli;
using Jiceng.Cli.Running;
using Jiceng.EndToEndTests.Runner;
using Jiceng.EndToEndTests.Suite;
using Shouldly;
using Xunit;

namespace Jiceng.EndToEndTests.Docs;

/// <summary>
/// Executes the pages: every sh block, in order and in one shell, as a reader types them. README.zh-CN.md has the same blocks as README.md,
/// see <see cref="PageTests"/>. The pages use the default ports; here they are replaced with those of the running suite.
/// </summary>
[Collection(SuiteGroup.Name)]
public sealed class ReadmeTests(SuiteFixture suite)
{
    private const string BlockMark = "=== shell block ";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    [Theory]
    [InlineData("README.md")]
    [InlineData("docs/api.md")]
    [InlineData("docs/runbook.md")]
    [InlineData("docs/adding-a-feature.md")]
    public async Task ShellBlocks_OnRunningSuite_PrintWhatThePageShows(string path)
    {
        var blocks = MarkdownPage.Read(path).Blocks.Where(block => block.Language == "sh").ToList();
        blocks.ShouldNotBeEmpty();
        await AwaitSuiteAsync();

        var (exitCode, output) = await RunAsync(Script(blocks));

        exitCode.ShouldBe(0, $"{path}:\n{output}");
        var outputs = output.Split(BlockMark)[1..];
        outputs.Length.ShouldBe(blocks.Count, output);
        foreach (var (block, shown) in blocks.Zip(outputs))
        {
            foreach (var part in block.Contains) shown.ShouldContain(part, Case.Sensitive, $"{path}:\n{block.Text}");
        }
    }

    private string Script(List<FencedBlock> blocks)
    {
        var script = new StringBuilder("set -euo pipefail\n");
        for (var i = 0; i < blocks.Count; i++)
            script.Append(CultureInfo.InvariantCulture, $"echo '{BlockMark}{i + 1}'\n{blocks[i].Text}");
        return DaprFile.ShiftPorts(script.ToString(), suite.Installation.Settings.BasePort - Settings.DefaultBasePort);
    }

    /// <summary>An earlier test may have killed a process that is still restarting.</summary>
    private async Task AwaitSuiteAsync()
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var status = await suite.Jiceng.RunAsync("status");
            if (status.ExitCode == Exit.Done) return;
            if (TimeProvider.System.GetElapsedTime(start) > TimeSpan.FromSeconds(90)) throw new TimeoutException($"The suite did not recover:\n{status.Output}");
            await Task.Delay(500, TestContext.Current.CancellationToken);
        }
    }

    private async Task<Outcome> RunAsync(string script)
    {
        // Merges standard error into standard output in the original order, as on a terminal.
        var start = new ProcessStartInfo("bash", ["-c", $"exec 2>&1\n{script}"])
        {
            WorkingDirectory = MarkdownPage.Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["JICENG_DATA"] = suite.Jiceng.Workspace.Data;
        if (Environment.GetEnvironmentVariable("JICENG_BUF") is { } buf)
            start.Environment["PATH"] = $"{Path.GetDirectoryName(buf)}:{Environment.GetEnvironmentVariable("PATH")}";
        // Prevents dotnet run from leaving a build server behind.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";

        using var process = Process.Start(start)!;
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(Patience);
        var output = new StringBuilder();
        try
        {
            process.StandardInput.Close();
            while (await process.StandardOutput.ReadLineAsync(late.Token) is { } line) output.AppendLine(line);
            await process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"The page did not finish within {Patience}:\n{output}");
        }

        return new Outcome(process.ExitCode, output.ToString());
    }
}
