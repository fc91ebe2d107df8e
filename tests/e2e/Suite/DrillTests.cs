using Jiceng.Bench.Faults;
using Jiceng.Cli;
using Shouldly;
using Spectre.Console;
using Xunit;

namespace Jiceng.EndToEndTests.Suite;

/// <summary>A short ./jiceng drill on a suite of its own.</summary>
[Collection(SuiteGroup.Name)]
public sealed class DrillTests
{
    [Fact]
    public async Task ShortDrill_EverythingIsLostAndRestored_TheBooksAgree()
    {
        using var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = 400;
        var plan = new ChaosPlan(Seed: 3, TimeSpan.FromSeconds(6)) { Configuration = "debug", Teams = 3, Workers = 3, AwaitsBroker = false, Restores = true };

        var verdict = await ChaosRun.RunAsync(new Screen(console, TimeProvider.System), plan, TestContext.Current.CancellationToken);

        verdict.Differences.ShouldBeEmpty($"{verdict.Evidence}\n{output}");
        TestContext.Current.TestOutputHelper?.WriteLine(output.ToString());
    }
}
