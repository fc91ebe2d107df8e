using System.CommandLine;
using Jiceng.Cli.Clients;
using Jiceng.Scoring.V1;

namespace Jiceng.Cli.Commands;

internal static class RebuildCommand
{
    public static Command Create(CommandContext context)
    {
        var scheme = new Option<string>("--scheme") { Description = "Only the rankings of this scheme", DefaultValueFactory = _ => "", HelpName = "id" };
        return context.Command("rebuild",
            """
            Rebuilds the rankings in Redis from PostgreSQL.

              ./jiceng rebuild

            Exit codes: 0 done, 1 failed or the suite is not up.
            """,
            async (parsed, token) =>
            {
                using var gateway = new Gateway(context.Running(parsed));
                var answer = await context.Screen.StepAsync("Rebuilding the rankings", async _ => await gateway.Points.RebuildRankingAsync(
                    new RebuildRankingRequest { SchemeId = parsed.GetValue(scheme), RequestId = gateway.RequestId() }, gateway.As("operator", []).Options(token)));
                context.Screen.Line($"  {answer.RankingCount} rankings written");
                return Exit.Done;
            },
            scheme);
    }
}
