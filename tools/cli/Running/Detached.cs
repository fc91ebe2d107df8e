using System.Diagnostics;
using System.Globalization;
using Jiceng.Cli.Processes;

namespace Jiceng.Cli.Running;

/// <summary>Starts the runner in a separate session and shows its output until everything is up.</summary>
internal static class Detached
{
    public static async Task<int> StartAsync(Screen screen, Installation installation, bool demo, CancellationToken cancellationToken)
    {
        var workspace = installation.Workspace;
        var log = workspace.Log("runner");
        await File.WriteAllTextAsync(log, "", cancellationToken);
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = workspace.Root, RedirectStandardInput = true };
        string[] command =
        [
            Environment.ProcessPath!, .. IsRunByDotnetHost() ? [Environment.GetCommandLineArgs()[0]] : Array.Empty<string>(), "up", "--data", workspace.Data,
            "--base-port", installation.Settings.BasePort.ToString(CultureInfo.InvariantCulture), .. demo ? Array.Empty<string>() : ["--no-demo"],
        ];
        foreach (var argument in (string[])["-c", """exec setsid "$@" >"$0" 2>&1""", log, .. command]) start.ArgumentList.Add(argument);
        using var runner = await Launcher.StartAsync(start);
        runner.StandardInput.Close();
        var identity = ProcessIdentity.Of(runner.Id);

        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var follow = FollowAsync(log, screen, done.Token);
        try
        {
            while (!runner.HasExited)
            {
                if (RunnerState.Find(workspace) is { Ready: true }) return Exit.Done;
                await Task.Delay(200, cancellationToken);
            }

            return runner.ExitCode;
        }
        catch (OperationCanceledException) when (identity is not null)
        {
            // Interrupted during the start: leave nothing running.
            await identity.StopAsync(ProcessIdentity.Terminate, TimeSpan.FromSeconds(60), CancellationToken.None);
            throw;
        }
        finally
        {
            // Time for the last output to be shown.
            await Task.Delay(500, CancellationToken.None);
            await done.CancelAsync();
            await follow;
        }
    }

    private static bool IsRunByDotnetHost() => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet";

    private static async Task FollowAsync(string log, Screen screen, CancellationToken cancellationToken)
    {
        try
        {
            await LogFile.FollowAsync(log, int.MaxValue, screen.Line, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Everything is up, or the start failed.
        }
    }
}
