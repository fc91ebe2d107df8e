using System.CommandLine;

namespace Jiceng.Cli.Commands;

/// <summary>Selected bench (null for all) and the length of each measurement.</summary>
internal sealed record BenchWanted(string? Name, int Seconds);

internal static class BenchCommand
{
    public static readonly string[] Names = ["report", "lifecycle", "ripple", "import", "queries", "burst", "idle"];

    /// <param name="context">Shared by all commands.</param>
    /// <param name="run">Runs the benches; ./jiceng passes the command line to the program of bench/.</param>
    public static Command Create(CommandContext context, Func<BenchWanted, CancellationToken, Task<int>> run)
    {
        var name = new Argument<string?>("name") { Description = string.Join(", ", Names) + "; all of them if omitted", Arity = ArgumentArity.ZeroOrOne };
        name.AcceptOnlyFromAmong(Names);
        var seconds = new Option<int>("--seconds") { Description = "Length of each measurement", DefaultValueFactory = _ => 20, HelpName = "n" };
        return context.Command("bench",
            """
            Measures a private release build of the suite, and the limits of this machine in the same run.

              ./jiceng bench report              durable reports through the gateway, as a share of its echo rate
              ./jiceng bench report --seconds 60
              ./jiceng bench                     everything; takes almost an hour

            Prints a table and writes bench/results/NAME.json and NAME.svg. docs/performance.md explains the numbers.
            Exit codes: 0 measured, 1 failed, 2 wrong usage, 3 a server or a free port is missing, 130 interrupted.
            """,
            (parsed, token) => run(new BenchWanted(parsed.GetValue(name), OptionValue.Positive(parsed.GetValue(seconds), "--seconds")), token),
            name, seconds);
    }
}
