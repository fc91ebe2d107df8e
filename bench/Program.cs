using System.CommandLine;
using Jiceng.Bench;
using Jiceng.Bench.Faults;
using Jiceng.Bench.Inputs;
using Jiceng.Bench.Runs;
using Jiceng.Cli;
using Jiceng.Cli.Commands;
using Spectre.Console;

// ./jiceng bench, chaos, drill and inputs run this program as a release build. "echo" is the server of the limits.
if (args is ["echo", var address, .. var probes]) return await EchoServer.RunAsync(new Uri(address), probes.Select(probe => new Uri(probe)).FirstOrDefault());

if (Console.IsOutputRedirected)
{
    AnsiConsole.Console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No });
    AnsiConsole.Profile.Width = 1000;
}

var screen = new Screen(AnsiConsole.Console, TimeProvider.System);
var context = new CommandContext(screen, TimeProvider.System);
var root = new Command("./jiceng")
{
    context.Help(),
    BenchCommand.Create(context, (wanted, token) => BenchRun.RunAsync(screen, wanted, token)),
    ChaosCommand.Create(context, (wanted, token) => ChaosRun.RunAsync(screen, wanted, token)),
    DrillCommand.Create(context, (wanted, token) => ChaosRun.RunAsync(screen, wanted, token)),
    InputsCommand.Create(context, (wanted, token) => InputsRun.RunAsync(screen, wanted, token)),
};
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
