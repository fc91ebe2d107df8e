using System.CommandLine;
using Jiceng.Cli.Building;
using Jiceng.Cli.Processes;
using Jiceng.Cli.Running;
using Jiceng.Cli.Servers;

namespace Jiceng.Cli.Commands;

internal static class UpCommand
{
    public static Command Create(CommandContext context)
    {
        var detach = new Option<bool>("--detach", "-d") { Description = "Return as soon as everything is up; ./jiceng down stops it" };
        var basePort = new Option<int?>("--base-port") { Description = "First port (default: 6000; remembered); a second checkout needs another", HelpName = "port" };
        var noDemo = new Option<bool>("--no-demo") { Description = "Start empty, without the sample county and its day" };
        return context.Command("up",
            """
            Starts everything: PostgreSQL, Redis, the three services with their sidecars, the gateway.

            On the first start, installs redis-server and postgresql with apt if they are missing, creates keys and databases, loads
            Lingqiu county and runs a day in it. Stays in the foreground; Ctrl-C stops everything.

              ./jiceng up                              in the foreground
              ./jiceng up -d                           in the background
              ./jiceng up --base-port 7000             next to another installation
              JICENG_POSTGRES='Host=db;Username=postgres;Password=…' JICENG_REDIS=cache:6379 ./jiceng up

            Exit codes: 0 up (with -d) or already up, 1 failed, 2 wrong usage, 3 a server or a free port is missing, 130 interrupted.
            """,
            (parsed, token) => RunAsync(context, parsed, parsed.GetValue(basePort), parsed.GetValue(detach), !parsed.GetValue(noDemo), token),
            detach, basePort, noDemo);
    }

    private static async Task<int> RunAsync(CommandContext context, ParseResult parsed, int? basePort, bool detach, bool demo, CancellationToken cancellationToken)
    {
        var installation = Installation.Open(parsed.GetValue(context.Data), basePort, context.Time);
        var workspace = installation.Workspace;
        if (RunnerState.Find(workspace) is { } running)
        {
            context.Screen.Note($"Already {(running.Ready ? "up" : "starting")} (process {running.Process.Pid}, base port {running.BasePort}). ./jiceng status shows it, ./jiceng down stops it.");
            return Exit.Done;
        }

        await ServerPrograms.EnsureAsync(workspace, context.Screen, Installation.ExternalPostgres is null, Installation.ExternalRedis is null, npm: false, cancellationToken);
        await new SolutionBuild(workspace).ServicesAsync(context.Screen, cancellationToken);
        installation.Settings.Save(workspace);
        return detach
            ? await Detached.StartAsync(context.Screen, installation, demo, cancellationToken)
            : await SuperviseAsync(context, installation, demo, cancellationToken);
    }

    private static async Task<int> SuperviseAsync(CommandContext context, Installation installation, bool demo, CancellationToken cancellationToken)
    {
        var workspace = installation.Workspace;
        using var lease = Lock(workspace);
        var left = await new ProcessRecords(workspace.Records).StopAllAsync(TimeSpan.FromSeconds(10), cancellationToken);
        if (left.Count > 0) context.Screen.Note($"Stopped processes of an earlier run: {string.Join(", ", left)}.");

        var state = new RunnerState(ProcessIdentity.Of(Environment.ProcessId)!, installation.Settings.BasePort, false, context.Time.GetUtcNow());
        state.Save(workspace);
        try
        {
            await using var supervisor = new Supervisor(workspace, context.Screen, context.Time);
            try
            {
                await new Suite(installation, supervisor, context.Screen).StartAsync(cancellationToken);
                await Welcome.ShowAsync(context, installation, demo, cancellationToken);
                (state with { Ready = true }).Save(workspace);
                await supervisor.WatchAsync(cancellationToken);
            }
            finally
            {
                context.Screen.Line("Stopping ...");
            }
        }
        finally
        {
            RunnerState.Delete(workspace);
        }

        context.Screen.Good("Everything is stopped.");
        return Exit.Interrupted;
    }

    /// <summary>Locks the installation; the operating system releases the lock when this process ends for any reason.</summary>
    private static FileStream Lock(Workspace workspace)
    {
        try
        {
            return new FileStream(Path.Combine(workspace.Records, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new CliException($"Another ./jiceng up is using {workspace.Data}.");
        }
    }
}
