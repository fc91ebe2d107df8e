using System.CommandLine;

namespace Jiceng.Cli.Commands;

/// <summary>Duration of the load before the loss.</summary>
internal sealed record DrillWanted(TimeSpan Duration);

internal static class DrillCommand
{
    /// <param name="context">Shared by all commands.</param>
    /// <param name="run">Runs the drill; ./jiceng passes the command line to the program of bench/.</param>
    public static Command Create(CommandContext context, Func<DrillWanted, CancellationToken, Task<int>> run)
    {
        var seconds = new Option<int>("--seconds") { Description = "How long callers work, in seconds", DefaultValueFactory = _ => 60, HelpName = "n" };
        return context.Command("drill",
            """
            Tests backup and restore on a private suite: callers work, the databases are dumped, PostgreSQL and Redis are lost, the dumps are restored
            into empty servers. Then checks that nothing is lost or duplicated.

              ./jiceng drill
              ./jiceng drill --seconds 300

            Runs the scripts of deploy/k8s/components/backup. Scoring is dumped while callers work, the other services at the end: scoring has to
            catch up from the feeds. Exit codes: 0 nothing is lost or duplicated, 1 something is, or the run failed (evidence is kept), 2 wrong usage,
            3 a server or a free port is missing, 130 interrupted.
            """,
            (parsed, token) => run(new DrillWanted(TimeSpan.FromSeconds(OptionValue.Positive(parsed.GetValue(seconds), "--seconds"))), token),
            seconds);
    }
}
