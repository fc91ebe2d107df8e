using Jiceng.Cli;
using Jiceng.Cli.Commands;

namespace Jiceng.Bench.Inputs;

internal static class InputsRun
{
    public static Task<int> RunAsync(Screen screen, InputsWanted wanted, CancellationToken cancellationToken) => throw new CliException($"to be written: {screen} {wanted} {cancellationToken}");
}
