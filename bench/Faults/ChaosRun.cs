using Jiceng.Cli;
using Jiceng.Cli.Commands;

namespace Jiceng.Bench.Faults;

internal static class ChaosRun
{
    public static Task<int> RunAsync(Screen screen, ChaosWanted wanted, CancellationToken cancellationToken) => throw new CliException($"to be written: {screen} {wanted} {cancellationToken}");
}
