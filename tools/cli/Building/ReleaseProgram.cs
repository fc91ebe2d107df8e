using System.Diagnostics;
using Jiceng.Cli.Commands;
using Jiceng.Cli.Processes;
using Jiceng.Cli.Servers;

namespace Jiceng.Cli.Building;

/// <summary>The program of bench/: built for release with what it measures, then run in the foreground in place of this one.</summary>
internal static class ReleaseProgram
{
    public static async Task<int> RunAsync(CommandContext context, string[] arguments, CancellationToken cancellationToken)
    {
        var workspace = Workspace.Find(null);
        await ServerPrograms.EnsureAsync(workspace, context.Screen, postgres: true, redis: true, npm: false, cancellationToken);
        await new SolutionBuild(workspace).ReleaseAsync(context.Screen, cancellationToken);

        // It draws on this terminal, but gets its signals from here: a second one would end it before it has stopped what it started.
        var start = new ProcessStartInfo("setsid") { WorkingDirectory = workspace.Root };
        foreach (var word in (string[])["setpriv", "--pdeathsig", "TERM", "--", "dotnet", Path.Combine(workspace.Root, "artifacts", "bin", "Bench", "release", "Jiceng.Bench.dll"), .. arguments])
            start.ArgumentList.Add(word);
        using var process = await Launcher.StartAsync(start);
        await using var stop = cancellationToken.Register(() => ProcessIdentity.Of(process.Id)?.Signal(ProcessIdentity.Terminate));
        // Whatever ends it, it stops what it has started first.
        await process.WaitForExitAsync(CancellationToken.None);
        return process.ExitCode;
    }
}
