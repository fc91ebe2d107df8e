using Jiceng.Bench.Faults;
using Jiceng.Cli;
using Shouldly;
using Spectre.Console;
using Xunit;

namespace Jiceng.EndToEndTests.Suite;

/// <summary>A short ./jiceng chaos on a suite of its own; beside the other tests that kill parts of a suite it would starve.</summary>
[Collection(SuiteGroup.Name)]
public sealed class ChaosTests
{
    [Fact]
    public async Task ShortRun_PartsDieUnderLoad_TheBooksAgree()
    {
        using var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = 400;
        var plan = new ChaosPlan(Seed: 14, TimeSpan.FromSeconds(26)) { Configuration = "debug", Teams = 4, Workers = 3, AwaitsBroker = false };

        var verdict = await ChaosRun.RunAsync(new Screen(console, TimeProvider.System), plan, TestContext.Current.CancellationToken);

        verdict.Differences.ShouldBeEmpty($"{verdict.Evidence}\n{output}");
        TestContext.Current.TestOutputHelper?.WriteLine(output.ToString());
    }
}
