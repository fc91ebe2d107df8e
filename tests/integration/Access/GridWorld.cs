using Jiceng.Domain;
using Jiceng.Grid.V1;
using Jiceng.IntegrationTests.Grid;

namespace Jiceng.IntegrationTests.Access;

/// <summary>Grid with a dispatched case and a duty in each of two townships.</summary>
internal static class GridWorld
{
    public static async Task<AccessWorld> StartAsync()
    {
        var grid = new GridFixture();
        await grid.InitializeAsync();
        return new AccessWorld(
            grid.Run, "jiceng.grid.v1", await SeedAsync(grid, GridFixture.Township), await SeedAsync(grid, GridFixture.OtherTownship));
    }

    private static async Task<Seed> SeedAsync(GridFixture grid, string township)
    {
        var (village, node, worker) = ($"{township}201", $"{township}201001", AccessWorld.NewId());
        var head = grid.Run.As(AccessWorld.NewId(), "village_secretary", village);
        var given = await grid.DispatchAsync(worker, head, node, new Contact { Name = $"住户{township}", Phone = "13800000000" });
        var duty = await grid.Nodes.AssignDutyAsync(new AssignDutyRequest { NodeCode = node, PersonId = worker, Role = "full_time" }, head);
        var today = ChinaTime.Day(TimeProvider.System.GetUtcNow()).ToString("O");
        return new Seed(
            township,
            village,
            new Dictionary<string, string> { ["case"] = given.CaseId, ["case_owner"] = given.CaseId, ["duty"] = duty.DutyId },
            new Dictionary<string, string>
            {
                ["handler_id"] = worker,
                ["person_id"] = worker,
                ["GetCaseStatistics.start_date"] = today,
                ["GetCaseStatistics.end_date"] = today,
            },
            worker,
            [township, given.CaseId, duty.DutyId, worker, $"住户{township}"]);
    }
}
