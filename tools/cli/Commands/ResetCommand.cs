using System.CommandLine;
using Jiceng.Cli.Servers;
using Spectre.Console;

namespace Jiceng.Cli.Commands;

internal static class ResetCommand
{
    // Data of the installation; downloaded tools and remembered answers belong to the checkout and stay.
    private static readonly string[] Kept = ["postgres", "redis", "keys", "log", "run"];

    public static Command Create(CommandContext context)
    {
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask" };
        return context.Command("reset",
            """
            Stops everything and deletes its data: databases, keys, logs. The next ./jiceng up starts empty.

              ./jiceng reset --yes

            Exit codes: 0 deleted, 1 not confirmed, 2 wrong usage.
            """,
            async (parsed, token) =>
            {
                var workspace = context.Workspace(parsed);
                if (!parsed.GetValue(yes))
                {
                    if (Console.IsInputRedirected) throw new CliException("Cannot ask for confirmation here; add --yes to delete the data.", Exit.Usage);
                    if (!await new ConfirmationPrompt($"Delete all data in {Markup.Escape(workspace.Data)}?") { DefaultValue = false }.ShowAsync(context.Screen.Console, token)) return Exit.Failed;
                }

                await DownCommand.StopAsync(context.Screen, workspace, token);
                foreach (var folder in Kept.Select(name => Path.Combine(workspace.Data, name)).Append(PostgresServer.FallbackFolder(workspace)).Where(Directory.Exists))
                    Directory.Delete(folder, recursive: true);
                File.Delete(Path.Combine(workspace.Data, "settings.json"));
                context.Screen.Good($"The data in {workspace.Data} is deleted.");
                return Exit.Done;
            },
            yes);
    }
}
