using System.CommandLine;
using Jiceng.Cli;
using Jiceng.Cli.Building;
using Jiceng.Cli.Commands;
using Spectre.Console;

// Files and pipes get plain text without line wrapping.
if (Console.IsOutputRedirected)
{
    AnsiConsole.Console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No });
    AnsiConsole.Profile.Width = 1000;
}

var context = new CommandContext(new Screen(AnsiConsole.Console, TimeProvider.System), TimeProvider.System);
var root = new Command("./jiceng", "Jiceng (基层): runs the grass-roots governance suite of a county on this machine.")
{
    context.Help(),
    new VersionOption(),
    context.Data,
    UpCommand.Create(context),
    DownCommand.Create(context),
    StatusCommand.Create(context),
    LogsCommand.Create(context),
    ResetCommand.Create(context),
    TestCommand.Create(context),
    TokenCommand.Create(context),
    RevokeCommand.Create(context),
    ImportCommand.Create(context),
    DemoCommand.Create(context),
    ReplayCommand.Create(context),
    RebuildCommand.Create(context),
    ImagesCommand.Create(context),
    BenchCommand.Create(context, (_, token) => ReleaseProgram.RunAsync(context, args, token)),
    ChaosCommand.Create(context, (_, token) => ReleaseProgram.RunAsync(context, args, token)),
    DrillCommand.Create(context, (_, token) => ReleaseProgram.RunAsync(context, args, token)),
    InputsCommand.Create(context, (_, token) => ReleaseProgram.RunAsync(context, args, token)),
};
// No arguments means help.
var parsed = root.Parse(args.Length == 0 ? ["--help"] : args);
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors) await Console.Error.WriteLineAsync($"jiceng: {error.Message}");
    var word = args.FirstOrDefault(a => root.Subcommands.Any(c => c.Name == a));
    await Console.Error.WriteLineAsync(word is null ? "Try ./jiceng --help" : $"Try ./jiceng {word} --help");
    return Exit.Usage;
}

// Commands handle the signals themselves: stopping everything can take longer than the library's timeout.
return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
