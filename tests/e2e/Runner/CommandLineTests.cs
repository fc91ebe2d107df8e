using Jiceng.Cli;
using Shouldly;
using Xunit;

namespace Jiceng.EndToEndTests.Runner;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("--help", 0, "demo")]
    [InlineData("up --help", 0, "Exit codes")]
    [InlineData("frobnicate", Exit.Usage, "./jiceng --help")]
    [InlineData("up --base-port many", Exit.Usage, "./jiceng up --help")]
    [InlineData("up --base-port 80", Exit.Usage, "1024")]
    [InlineData("token", Exit.Usage, "--role")]
    [InlineData("token -r auditor -p 14022", Exit.Usage, "place code")]
    [InlineData("status", Exit.Failed, "Not running")]
    [InlineData("down", Exit.Done, "Nothing is running")]
    [InlineData("demo", Exit.Done, "shangan")]
    [InlineData("demo day", Exit.Failed, "not running")]
    [InlineData("demo zork", Exit.Usage, "day and shangan")]
    [InlineData("logs zork", Exit.Usage, "There is no log zork")]
    [InlineData("reset", Exit.Usage, "--yes")]
    [InlineData("import /nowhere.csv", Exit.Usage, "/nowhere.csv")]
    [InlineData("replay gateway", Exit.Usage, "cadre")]
    public async Task Jiceng_CommandLine_ExitsWithDocumentedCodeAndReason(string line, int exitCode, string expected)
    {
        await using var jiceng = new JicengScript();

        var outcome = await jiceng.RunAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        outcome.ExitCode.ShouldBe(exitCode, outcome.Output);
        outcome.Output.ShouldContain(expected);
    }

    [Fact]
    public async Task Token_StandardOutput_IsOnlyTheToken()
    {
        await using var jiceng = new JicengScript();

        using var token = await jiceng.StartAsync("token", "--role", "auditor", "--place", "140224", "--lifetime", "1h");
        // Like $(./jiceng token): progress goes to standard error.
        var progress = token.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await token.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await token.WaitForExitAsync(TestContext.Current.CancellationToken);

        token.ExitCode.ShouldBe(Exit.Done, await progress);
        output.Trim().Split('.').Length.ShouldBe(3);
        output.Trim().ShouldNotContain('\n');
    }
}
