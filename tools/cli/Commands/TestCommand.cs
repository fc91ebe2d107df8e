using System.CommandLine;
using Jiceng.Cli.Building;
using Jiceng.Cli.Processes;
using Jiceng.Cli.Servers;
using Jiceng.Cli.Testing;

namespace Jiceng.Cli.Commands;

internal static class TestCommand
{
    public static Command Create(CommandContext context)
    {
        var filter = new Argument<string?>("filter") { Description = "Only tests whose full name contains this", Arity = ArgumentArity.ZeroOrOne };
        return context.Command("test",
            """
            Builds everything and runs every test: unit, contract, architecture, integration on real PostgreSQL and Redis, end to end.

              ./jiceng test
              ./jiceng test CaseMachine

            The last line is "N passed, N failed". Exit codes: 0 all passed, 1 one failed or was skipped, or none ran, 3 a server or npm is missing.
            """,
            (parsed, token) => RunAsync(context, context.Workspace(parsed), parsed.GetValue(filter), token), filter);
    }

    private static async Task<int> RunAsync(CommandContext context, Workspace workspace, string? filter, CancellationToken cancellationToken)
    {
        var screen = context.Screen;
        await ServerPrograms.EnsureAsync(workspace, screen, postgres: true, redis: true, npm: true, cancellationToken);
        var buf = await Buf.EnsureAsync(workspace, screen, cancellationToken);
        var clients = await NodeClients.EnsureAsync(workspace, screen, cancellationToken);
        await new SolutionBuild(workspace).AllAsync(screen, cancellationToken);

        var settings = new Dictionary<string, string>
        {
            ["JICENG_BUF"] = buf,
            ["JICENG_NODE_CLIENTS"] = clients,
            // Instrumented code pays in services that live; the many short processes of the tests spend an eighth of their time in it.
            ["DOTNET_TieredPGO"] = "0",
        };
        var results = await new TestRun(workspace, screen, context.Time, settings).RunAsync(filter, cancellationToken);
        var (passed, failed, skipped) = (results.Sum(r => r.Passed), results.Sum(r => r.Failed), results.Sum(r => r.Skipped));
        if (skipped > 0) screen.Bad($"{skipped} skipped: every test has to run.");
        if (passed + failed == 0) screen.Bad(filter is null ? "No test ran." : $"No test name contains \"{filter}\".");
        screen.Line($"{passed} passed, {failed} failed");
        return failed == 0 && skipped == 0 && passed > 0 ? Exit.Done : Exit.Failed;
    }
}
