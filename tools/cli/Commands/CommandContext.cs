using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.ComponentModel;
using System.Runtime.InteropServices;
using Grpc.Core;
using Jiceng.Cli.Running;
using Npgsql;

namespace Jiceng.Cli.Commands;

/// <summary>Shared by all commands: the screen, the clock, the --data option, and the handling of errors and signals.</summary>
internal sealed class CommandContext(Screen screen, TimeProvider time)
{
    public Screen Screen { get; } = screen;

    public TimeProvider Time { get; } = time;

    public Option<string?> Data { get; } = new("--data")
    {
        Description = "Folder of the installation: databases, keys, logs (default: .local in the checkout, or JICENG_DATA)",
        HelpName = "dir",
        Recursive = true,
    };

    private readonly Dictionary<Command, string> _details = [];

    public Workspace Workspace(ParseResult parsed) => Cli.Workspace.Find(parsed.GetValue(Data));

    public Installation Installation(ParseResult parsed) => Cli.Running.Installation.Open(parsed.GetValue(Data), null, Time);

    /// <summary>Returns the installation; fails when it is not up.</summary>
    public Installation Running(ParseResult parsed)
    {
        var installation = Installation(parsed);
        return RunnerState.Find(installation.Workspace) is not null
            ? installation
            : throw new CliException("The suite is not running. Start it with ./jiceng up -d.");
    }

    /// <summary>Creates a command.</summary>
    /// <param name="name">Name on the command line.</param>
    /// <param name="description">One sentence, optionally followed by an empty line and the details for its help.</param>
    /// <param name="run">Runs the command and returns the exit code; cancelled by Ctrl-C, SIGTERM and SIGHUP.</param>
    /// <param name="symbols">Options and arguments.</param>
    public Command Command(string name, string description, Func<ParseResult, CancellationToken, Task<int>> run, params Symbol[] symbols)
    {
        var parts = description.Split("\n\n", 2);
        var command = new Command(name, parts[0]);
        if (parts.Length == 2) _details[command] = parts[1];
        foreach (var symbol in symbols)
        {
            if (symbol is Option option) command.Options.Add(option);
            else command.Arguments.Add((Argument)symbol);
        }

        command.SetAction((parsed, _) => GuardAsync(token => run(parsed, token)));
        return command;
    }

    /// <summary>Creates the --help option, which shows a command's examples and exit codes after its options.</summary>
    public HelpOption Help()
    {
        var help = new HelpOption();
        help.Action = new HelpWithDetails((HelpAction)help.Action!, _details);
        return help;
    }

    private async Task<int> GuardAsync(Func<CancellationToken, Task<int>> run)
    {
        using var stop = new CancellationTokenSource();
        var signals = ((PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP]).Select(s => PosixSignalRegistration.Create(s, Stop)).ToList();
        try
        {
            return await run(stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return Exit.Interrupted;
        }
        catch (CliException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return e.ExitCode;
        }
        catch (RpcException e)
        {
            await Console.Error.WriteLineAsync($"{e.StatusCode}: {e.Status.Detail}");
            return Exit.Failed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NpgsqlException or Win32Exception)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return Exit.Failed;
        }
        finally
        {
            signals.ForEach(s => s.Dispose());
        }

        void Stop(PosixSignalContext signal)
        {
            // The first signal shuts down cleanly. The second one kills this process, and the kernel then signals its children.
            signal.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }
    }
}

internal sealed class HelpWithDetails(HelpAction inner, IReadOnlyDictionary<Command, string> details) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        var code = inner.Invoke(parseResult);
        if (details.TryGetValue(parseResult.CommandResult.Command, out var text)) parseResult.InvocationConfiguration.Output.WriteLine($"{text}\n");
        return code;
    }
}
