using System.CommandLine;
using System.Globalization;
using Jiceng.Cli.Processes;
using Jiceng.Cli.Running;
using Spectre.Console;

namespace Jiceng.Cli.Commands;

internal static class StatusCommand
{
    public static Command Create(CommandContext context) => context.Command("status",
        """
        Shows the processes of the suite, their state and their addresses.

          ./jiceng status

        Exit codes: 0 everything is up, 1 something is not.
        """,
        (parsed, token) => RunAsync(context, parsed, token));

    private static async Task<int> RunAsync(CommandContext context, ParseResult parsed, CancellationToken cancellationToken)
    {
        var workspace = context.Workspace(parsed);
        if (RunnerState.Find(workspace) is not { } runner)
        {
            context.Screen.Line("Not running. ./jiceng up starts it.");
            return Exit.Failed;
        }

        var apps = DaprFile.Load(workspace.DaprFile, runner.BasePort).ToDictionary(a => a.Name);
        var table = new Table().Border(TableBorder.Simple).AddColumns("what", "process", "state", "where");
        var allUp = runner.Ready;
        foreach (var record in new ProcessRecords(workspace.Records).Read())
        {
            var (where, health) = Find(record.Name, apps);
            var up = record.Process.Alive && (health is null || await Suite.AnswersAsync(health, cancellationToken));
            allUp &= up;
            var state = up ? "[green]up[/]" : record.Process.Alive ? "[yellow]not ready[/]" : "[red]ended[/]";
            table.AddRow(record.Name, record.Process.Pid.ToString(CultureInfo.InvariantCulture), state, where);
        }

        context.Screen.Line($"Runner {runner.Process.Pid}, {(runner.Ready ? "everything started" : "still starting")}, since {runner.StartTime.ToLocalTime():yyyy-MM-dd HH:mm:ss}, data in {workspace.Data}");
        context.Screen.Console.Write(table);
        return allUp ? Exit.Done : Exit.Failed;
    }

    private static (string Where, string? Health) Find(string name, Dictionary<string, DaprApp> apps)
    {
        const string suffix = "-sidecar";
        if (name.EndsWith(suffix, StringComparison.Ordinal) && apps.TryGetValue(name[..^suffix.Length], out var owner) && owner.Sidecar is { } ports)
            return ($"http://127.0.0.1:{ports.Http}", $"http://127.0.0.1:{ports.Http}/v1.0/healthz");
        return apps.TryGetValue(name, out var app) ? (app.Settings["Endpoints__Grpc"], $"{app.Settings["Endpoints__Http"]}/readyz") : ("", null);
    }
}
