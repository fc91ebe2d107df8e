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
        var minutes = new Option<int>("--minutes") { Description = "How long", DefaultValueFactory = _ => 10, HelpName = "n" };
        var seed = new Option<int>("--seed") { Description = "Chooses the schedule; the same seed makes the same one", DefaultValueFactory = _ => 1, HelpName = "n" };
        return context.Command("chaos",
            """
            Kills, pauses and empties the parts of a private suite under load, then compares the books: is anything lost, or there twice?

              ./jiceng chaos
              ./jiceng chaos --minutes 2 --seed 7

            Prints the schedule, the counts and the verdict. Exit codes: 0 the books agree, 1 they differ or the run failed (the evidence is kept),
            2 wrong usage, 3 a server or a free port is missing, 130 interrupted.
            """,
            (parsed, token) => run(new ChaosWanted(TimeSpan.FromMinutes(OptionValue.Positive(parsed.GetValue(minutes), "--minutes")), parsed.GetValue(seed)), token),
            minutes, seed);
    }
}
