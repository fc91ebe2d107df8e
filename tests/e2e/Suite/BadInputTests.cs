using Jiceng.Bench.Inputs;
using Jiceng.Cli;
using Jiceng.Cli.Commands;
using Shouldly;
using Spectre.Console;
using Xunit;

namespace Jiceng.EndToEndTests.Suite;

/// <summary>A short ./jiceng inputs on a separate suite.</summary>
[Collection(SuiteGroup.Name)]
public sealed class BadInputTests
{
    [Fact]
    public async Task ShortRun_InvalidInput_IsRejectedWithoutHarm()
    {
        using var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = 400;

        var findings = await InputsRun.CheckAsync(
            new Screen(console, TimeProvider.System), new InputsWanted(1_000, 1), "debug", brief: true, TestContext.Current.CancellationToken);

        findings.ShouldBeEmpty(output.ToString());
        TestContext.Current.TestOutputHelper?.WriteLine(output.ToString());
    }
}
