using System.CommandLine;

namespace Jiceng.Cli.Commands;

/// <summary>Number of inputs and the seed that generates them.</summary>
internal sealed record InputsWanted(int Count, int Seed);

internal static class InputsCommand
{
    /// <param name="context">Shared by all commands.</param>
    /// <param name="run">Sends the inputs; ./jiceng passes the command line to the program of bench/.</param>
    public static Command Create(CommandContext context, Func<InputsWanted, CancellationToken, Task<int>> run)
    {
        var count = new Option<int>("--count") { Description = "Number of inputs", DefaultValueFactory = _ => 20_000, HelpName = "n" };
        var seed = new Option<int>("--seed") { Description = "Seed of the inputs; the same seed gives the same inputs", DefaultValueFactory = _ => 1, HelpName = "n" };
        return context.Command("inputs",
            """
            Sends invalid input to a private suite: mutated and hostile messages to every method, broken frames, slow and silent connections.

              ./jiceng inputs
              ./jiceng inputs --count 2000 --seed 7

            Every response must be correct or a clear error. Exit codes: 0 all are, 1 some are not (they are shown), 2 wrong usage,
            3 a server or a free port is missing, 130 interrupted.
            """,
            (parsed, token) => run(new InputsWanted(OptionValue.Positive(parsed.GetValue(count), "--count"), parsed.GetValue(seed)), token),
            count, seed);
    }
}
