using Jiceng.Bench.Faults;
using Jiceng.Cli;
using Shouldly;
using Spectre.Console;
using Xunit;

namespace Jiceng.EndToEndTests.Suite;

/// <summary>A fault or loss run, after which the books are compared.</summary>
internal static class BooksCompared
{
    public static async Task AgreeAsync(ChaosPlan plan)
    {
        using var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = 400;

        var verdict = await ChaosRun.RunAsync(new Screen(console, TimeProvider.System), plan, TestContext.Current.CancellationToken);

        verdict.Differences.ShouldBeEmpty($"{verdict.Evidence}\n{output}");
        TestContext.Current.TestOutputHelper?.WriteLine(output.ToString());
    }
}
