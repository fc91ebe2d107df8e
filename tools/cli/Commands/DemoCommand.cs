using System.CommandLine;
using Jiceng.Cli.Clients;
using Jiceng.Cli.Demo;
using Jiceng.Cli.Running;
using Jiceng.Domain;

namespace Jiceng.Cli.Commands;

internal static class DemoCommand
{
    public static Command Create(CommandContext context)
    {
        var name = new Argument<string?>("name") { Description = "Name of the demonstration; if omitted, all are listed", Arity = ArgumentArity.ZeroOrOne };
        return context.Command("demo",
            """
            Runs a demonstration on the running suite, with ordinary calls through the gateway.

              ./jiceng demo                lists the demonstrations
              ./jiceng demo day            a day in Lingqiu county: cases from report to ranking
              ./jiceng demo shangan        a township's quarter: 86 items, 11 members, and the source of each point

            You can run them again: day adds another day, shangan reuses its records and counts nothing twice.

            Exit codes: 0 done, 1 failed or the suite is not up, 2 unknown demonstration.
            """,
            async (parsed, token) =>
            {
                var wanted = parsed.GetValue(name);
                if (wanted is null)
                {
                    context.Screen.Line("day      a day in Lingqiu county: cases from report to ranking");
                    context.Screen.Line("shangan  Shangan township's quarter: 86 items, 11 leadership members, ranked");
                    return Exit.Done;
                }

                if (wanted is not ("day" or "shangan")) throw new CliException($"There is no demonstration \"{wanted}\"; valid names are day and shangan.", Exit.Usage);
                using var gateway = new Gateway(context.Running(parsed));
                var root = context.Workspace(parsed).Root;
                if (wanted == "day") await DayAsync(context.Screen, gateway, root, token);
                else await new ShanganDemo(gateway, context.Screen, root).RunAsync(token);
                return Exit.Done;
            },
            name);
    }

    /// <summary>Loads the county when missing, then simulates a day and shows the results.</summary>
    public static async Task DayAsync(Screen screen, Gateway gateway, string root, CancellationToken cancellationToken)
    {
        var setup = new CountySetup(gateway, root);
        if (!await setup.IsLoadedAsync(cancellationToken))
        {
            var tree = await screen.StepAsync("Loading the places of Lingqiu county", report => setup.ImportAsync(report, cancellationToken));
            screen.Line($"  county + townships + villages + micro-grids: {tree}");
        }

        await screen.StepAsync("Recording people and posts", report => setup.StaffAsync(report, cancellationToken));
        var organizer = gateway.As("county_organizer", [SampleCounty.Code]);
        var scheme = await Schemes.EnsureAsync(gateway, organizer, root, Schemes.GridWorkers, SampleCounty.Code, cancellationToken);
        var day = new CountyDay(gateway, SampleCounty.Code);
        await screen.StepAsync("A day in the county", report => day.RunAsync(report, cancellationToken));
        var ranking = await screen.StepAsync("Waiting for the points", report => Ranking.SettledAsync(gateway, organizer,
            new Scoring.V1.ListRankingRequest { SchemeId = scheme.SchemeId, PlaceCode = SampleCounty.Code, PageSize = 1000 },
            now => Task.FromResult(now.TotalSize > 0), report, cancellationToken));

        if (await day.StatisticsAsync(ChinaTime.Day(gateway.Time.GetUtcNow()), cancellationToken) is { } count)
        {
            screen.Line($"\nToday: {count.ReportedCount} reported, {count.AcceptedCount} accepted, {count.ClosedCount} closed ({count.ClosedOnTimeCount} in time), "
                + $"{count.ReworkCount} sent back; closing rate {count.ClosingRate?.Percent ?? "-"} %, on time {count.OnTimeClosingRate?.Percent ?? "-"} %");
        }

        var names = SampleCounty.Load(root).ToDictionary(p => p.Code, p => p.Name);
        screen.Line($"\n网格员 ranking of grid workers, {ranking.Period}, {ranking.TotalSize} ranked:");
        Ranking.Show(screen, ranking, 10, code => names.GetValueOrDefault(code, code));
    }
}
