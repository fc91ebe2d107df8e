using System.Diagnostics;
using Jiceng.Cli.Commands;
using Jiceng.Cli.Processes;
using Jiceng.Cli.Servers;

namespace Jiceng.Cli.Building;

/// <summary>Builds the program of bench/ and the services in release, and runs it in the foreground.</summary>
internal static class ReleaseProgram
{
    public static async Task<int> RunAsync(CommandContext context, string[] arguments, CancellationToken cancellationToken)
    {
        var workspace = Workspace.Find(null);
        await ServerPrograms.EnsureAsync(workspace, context.Screen, postgres: true, redis: true, npm: false, cancellationToken);
        await new SolutionBuild(workspace).ReleaseAsync(context.Screen, cancellationToken);

        // A separate session: Ctrl-C reaches only this process, which passes the signal on. A second signal would kill the child before its
        // cleanup.
        var start = new ProcessStartInfo("setsid") { WorkingDirectory = workspace.Root };
        foreach (var word in (string[])["setpriv", "--pdeathsig", "TERM", "--", "dotnet", Path.Combine(workspace.Root, "artifacts", "bin", "Bench", "release", "Jiceng.Bench.dll"), .. arguments])
            start.ArgumentList.Add(word);
        using var process = await Launcher.StartAsync(start);
        await using var stop = cancellationToken.Register(() => ProcessIdentity.Of(process.Id)?.Signal(ProcessIdentity.Terminate));
        // Not cancelled: the child first stops what it started.
        await process.WaitForExitAsync(CancellationToken.None);
        return process.ExitCode;
    }
}
