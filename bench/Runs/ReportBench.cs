using Grpc.Net.Client;
using Jiceng.Bench.Load;
using Jiceng.Cli.Demo;
using Jiceng.Cli.Import;
using Jiceng.Cli.Running;
using Jiceng.Grid.V1;

namespace Jiceng.Bench.Runs;

/// <summary>Durable reports per second, compared with the gateway's throughput to a service that does nothing.</summary>
internal static class ReportBench
{
    private const int Count = 64;
    private const double Aim = 0.35;

    public static async Task<BenchResult> RunAsync(BenchSetting setting)
    {
        var screen = setting.Screen;
        var result = new BenchResult
        {
            Name = "report",
            Work = $"ReportCase through the gateway, {Count} callers, token and scope checked; case, history, audit and outbox in one durable transaction.",
            Plot = new Plot("report: calls per second", "", "/s"),
        };
        await using var suite = await PrivateSuite.StartAsync(screen, new Variant { Configuration = "release" }, setting.Token);
        var places = SampleCounty.Load(suite.Installation.Workspace.Root);
        await screen.StepAsync("Importing the places of a county", report => NodeImport.SendAsync(
            suite.Gateway, suite.Gateway.As("county_organizer", [SampleCounty.Code]), places, new ImportNodesOptions { AllOrNothing = true }, report, setting.Token));
        await screen.StepAsync("Waiting until the events are consumed", report => suite.WaitUntilIdleAsync(report, setting.Token));
        var grids = places.Where(place => place.Code.Length == 15).Select(place => place.Code).Take(Count).ToList();
        var callers = grids.ConvertAll(grid => suite.As("grid_worker", suite.Gateway.RequestId(), grid));

        var limits = new Limits(suite, setting);
        var (direct, gateway) = await screen.StepAsync("Limit: echo, direct and through the gateway", _ => limits.EchoAsync(callers, Report(grids[0], suite)));
        var inserts = await screen.StepAsync("Limit: pgbench, one case row per commit", _ => limits.PostgresAsync(
            "CREATE TABLE limit_row (LIKE grid_case INCLUDING ALL)",
            """
            INSERT INTO limit_row (case_id, node_code, owner_code, category, urgency, state, description, reporter_id, attachments, parts, handler_ids, on_the_spot,
                rework_count, close_count, rating, report_time, accept_due, accept_overdue_raised, handle_overdue_raised, update_time, version)
            VALUES (gen_random_uuid(), '140224205201001', '140224205201001', 'facilities.lamp', 1, 1, '路灯不亮', 'pgbench', '[]', '[]', '{}', false,
                0, 0, 0, now(), now(), false, false, now(), 1)
            """,
            Count));

        using var channel = GrpcChannel.ForAddress(suite.Installation.GatewayAddress);
        var client = new CaseService.CaseServiceClient(channel);
        var meter = ProcessMeter.Start(suite.Processes());
        var reports = await screen.StepAsync("Reports", _ => Callers.ClosedAsync(
            Count, setting.WarmUp, setting.Duration, async (caller, _) => await client.ReportCaseAsync(Report(grids[caller], suite), callers[caller]), setting.Token));
        result.Add("reports", meter.Stop());

        result.Add("echo, direct", direct);
        result.Add("echo, through the gateway", gateway);
        result.Add("reports", reports);
        result.Figures.Add(Figure.AtLeast("reports", reports.Rate, "/s", "echo through the gateway", gateway.Rate, Aim));
        result.Figures.Add(new Figure("reports", reports.Rate, "/s") { Limit = "pgbench, one row and commit", LimitValue = inserts });
        result.Figures.Add(new Figure("reports", reports.Rate, "/s") { Limit = "echo, direct", LimitValue = direct.Rate });
        result.Plot.Bar("echo, direct", direct.Rate);
        result.Plot.Bar("echo, through the gateway", gateway.Rate);
        result.Plot.Bar("pgbench, row and commit", inserts);
        result.Plot.Bar("reports", reports.Rate);
        return result;
    }

    private static ReportCaseRequest Report(string grid, PrivateSuite suite) => new()
    {
        NodeCode = grid,
        Category = "facilities.lamp",
        Description = "村口路灯不亮，已有三天，老人夜间出行不便。",
        RequestId = suite.Gateway.RequestId(),
    };
}
