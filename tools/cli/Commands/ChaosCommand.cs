using System.CommandLine;

namespace Jiceng.Cli.Commands;

/// <summary>Duration of the run and seed of its fault schedule.</summary>
internal sealed record ChaosWanted(TimeSpan Duration, int Seed);

internal static class ChaosCommand
{
    /// <param name="context">Shared by all commands.</param>
    /// <param name="run">Runs the faults; ./jiceng passes the command line to the program of bench/.</param>
    public static Command Create(CommandContext context, Func<ChaosWanted, CancellationToken, Task<int>> run)
    {
        var minutes = new Option<int>("--minutes") { Description = "Length of the run in minutes", DefaultValueFactory = _ => 10, HelpName = "n" };
        var seed = new Option<int>("--seed") { Description = "Seed of the schedule; the same seed gives the same schedule", DefaultValueFactory = _ => 1, HelpName = "n" };
        return context.Command("chaos",
            """
            Kills, pauses and empties parts of a private suite under load, then checks that nothing is lost or duplicated.

              ./jiceng chaos
              ./jiceng chaos --minutes 2 --seed 7

            Prints the schedule, the counts and the verdict. Exit codes: 0 nothing is lost or duplicated, 1 something is, or the run failed (evidence is kept),
            2 wrong usage, 3 a server or a free port is missing, 130 interrupted.
            """,
            (parsed, token) => run(new ChaosWanted(TimeSpan.FromMinutes(OptionValue.Positive(parsed.GetValue(minutes), "--minutes")), parsed.GetValue(seed)), token),
            minutes, seed);
    }
}
