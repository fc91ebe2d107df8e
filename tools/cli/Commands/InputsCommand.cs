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
        var count = new Option<int>("--count") { Description = "How many inputs", DefaultValueFactory = _ => 20_000, HelpName = "n" };
        var seed = new Option<int>("--seed") { Description = "Chooses the inputs; the same seed makes the same ones", DefaultValueFactory = _ => 1, HelpName = "n" };
        return context.Command("inputs",
            """
            Sends a private suite what no client should: mutated and hostile messages to every method, broken frames, slow and silent connections.

              ./jiceng inputs
              ./jiceng inputs --count 2000 --seed 7

            Every answer has to be a clear refusal or right. Exit codes: 0 it was, 1 something was not (it is shown), 2 wrong usage,
            3 a server or a free port is missing, 130 interrupted.
            """,
            (parsed, token) => run(new InputsWanted(OptionValue.Positive(parsed.GetValue(count), "--count"), parsed.GetValue(seed)), token),
            count, seed);
    }
}
