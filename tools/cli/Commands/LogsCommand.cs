using System.CommandLine;
using Jiceng.Cli.Running;

namespace Jiceng.Cli.Commands;

internal static class LogsCommand
{
    public static Command Create(CommandContext context)
    {
        var service = new Argument<string?>("service") { Description = "Name of the log: cadre, grid, scoring, gateway, grid-sidecar, postgres, redis, runner …", Arity = ArgumentArity.ZeroOrOne };
        var follow = new Option<bool>("--follow", "-f") { Description = "Follow the log" };
        var lines = new Option<int>("--lines", "-n") { Description = "Number of lines to show", DefaultValueFactory = _ => 50 };
        return context.Command("logs",
            """
            Shows a log; without a name, lists the logs.

              ./jiceng logs
              ./jiceng logs grid -f
              ./jiceng logs postgres -n 200

            Exit codes: 0 shown, 2 unknown log, 130 interrupted.
            """,
            async (parsed, token) =>
            {
                var workspace = context.Workspace(parsed);
                var names = Directory.Exists(workspace.Logs) ? Directory.EnumerateFiles(workspace.Logs, "*.log").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal).ToList() : [];
                var there = names.Count == 0 ? "No logs yet. ./jiceng up starts the suite." : $"Logs: {string.Join(", ", names)}";
                if (parsed.GetValue(service) is not { } name)
                {
                    context.Screen.Line(there);
                    return Exit.Done;
                }

                if (!names.Contains(name)) throw new CliException($"There is no log {name}. {there}", Exit.Usage);
                if (parsed.GetValue(follow)) await LogFile.FollowAsync(workspace.Log(name), parsed.GetValue(lines), context.Screen.Line, token);
                foreach (var line in LogFile.Last(workspace.Log(name), parsed.GetValue(lines))) context.Screen.Line(line);
                return Exit.Done;
            },
            service, follow, lines);
    }
}
