using System.CommandLine;
using Jiceng.Cli.Processes;
using Jiceng.Cli.Running;

namespace Jiceng.Cli.Commands;

internal static class DownCommand
{
    // The runner gives each group of children 30 s.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    public static Command Create(CommandContext context) => context.Command("down",
        """
        Stops everything that ./jiceng up started, including processes left behind by a killed runner. Keeps the data.

          ./jiceng down

        Exit codes: 0 stopped, or nothing was running.
        """,
        async (parsed, token) =>
        {
            await StopAsync(context.Screen, context.Workspace(parsed), token);
            return Exit.Done;
        });

    public static async Task StopAsync(Screen screen, Workspace workspace, CancellationToken cancellationToken)
    {
        var records = new ProcessRecords(workspace.Records);
        var runner = RunnerState.Find(workspace);
        if (runner is null && !records.Read().Any(r => r.Process.Alive))
        {
            screen.Line("Nothing is running.");
            return;
        }

        await screen.StepAsync("Stopping", async report =>
        {
            if (runner is not null)
            {
                report($"runner, process {runner.Process.Pid}");
                await runner.Process.StopAsync(ProcessIdentity.Terminate, Patience, cancellationToken);
            }

            var left = await records.StopAllAsync(TimeSpan.FromSeconds(10), cancellationToken);
            if (left.Count > 0) report($"left behind: {string.Join(", ", left)}");
        });
    }
}
