using Jiceng.Grid.Cases;
using Jiceng.Grid.Cases.Domain;
using Jiceng.Grid.Events.V1;
using Jiceng.Grid.V1;
using Shouldly;
using Xunit;
using static Jiceng.IntegrationTests.Grid.GridFixture;

namespace Jiceng.IntegrationTests.Grid;

public sealed class CaseChangedTests(GridFixture grid) : IClassFixture<GridFixture>
{
    private const string Changed = "jiceng.grid.case.changed.v1";

    [Fact]
    public async Task CaseChanged_WholeLifecycle_TellsEachStepWithTheCaseAfterIt()
    {
        var (worker, head) = (NewId(), grid.Run.As(NewId(), "village_secretary", Village));
        var closed = await grid.CloseAsync(worker, head);

        var told = (await grid.Run.EventsAsync(Changed, closed.CaseId)).ConvertAll(CaseChanged.Parser.ParseJson);

        told.Select(one => one.Verb).ShouldBe(["report", "accept", "dispatch", "start", "finish", "pass"]);
        told.Select(one => one.State).ShouldBe(["reported", "accepted", "dispatched", "handling", "handled", "closed"]);
        told.Select(one => one.Sequence).ShouldBe([1, 2, 3, 4, 5, 6]);
        told.ShouldAllBe(one => one.CaseId == closed.CaseId && one.NodeCode == MicroGrid && one.OwnerCode == MicroGrid
            && one.Category == "sanitation.rubbish" && one.Urgency == "normal" && one.ReportTime.Equals(closed.ReportTime));
        told.Select(one => one.HandlerIds.Count).ShouldBe([0, 0, 1, 1, 1, 1]);
        told[2].HandlerIds.ShouldBe([worker]);
        told.Select(one => one.DueTime).ShouldBe(
            [told[0].DueTime.ShouldNotBeNull(), closed.HandleDueTime, closed.HandleDueTime, closed.HandleDueTime, told[4].DueTime.ShouldNotBeNull(), null]);
        told.Select(one => one.StepTime).ShouldBeInOrder();
    }

    [Fact]
    public async Task CaseChanged_ReportedAndHandledInOneCall_TellsBothSteps()
    {
        var worker = NewId();
        var handled = await grid.Cases.ReportCaseAsync(
            new ReportCaseRequest { NodeCode = MicroGrid, Category = "service.care", Description = "独居老人需要送药", Result = new OnTheSpotResult { Result = "已送药上门" } },
            grid.Run.As(worker, "grid_worker", MicroGrid));

        var steps = await grid.Run.ColumnAsync("SELECT verb FROM case_step WHERE case_id = $1 ORDER BY number", Guid.Parse(handled.CaseId));
        var told = (await grid.Run.EventsAsync(Changed, handled.CaseId)).ConvertAll(CaseChanged.Parser.ParseJson);

        steps.Count.ShouldBeGreaterThan(1);
        told.Select(one => one.Verb).ShouldBe(steps);
        told[^1].State.ShouldBe("handled");
    }

    /// <summary>For every verb, the published events equal the timelines, and none of them waits for the broker.</summary>
    [Fact]
    public async Task CaseChanged_AnyLives_AreToldAsTheirTimelinesSay()
    {
        var head = grid.Run.As(NewId(), "village_secretary", Village);
        var reported = await grid.ReportAsync();
        await grid.Cases.AcceptCaseAsync(new AcceptCaseRequest { CaseId = reported.CaseId }, head);
        await grid.Cases.EscalateCaseAsync(new EscalateCaseRequest { CaseId = reported.CaseId, Reason = "本组无力解决" }, head);
        var worker = NewId();
        var given = await grid.DispatchAsync(worker, head);
        await grid.Cases.ReturnCaseAsync(new ReturnCaseRequest { CaseId = given.CaseId, Reason = "不归我管" }, grid.Run.As(worker, "grid_worker", MicroGrid));
        var lives = new CaseLives(grid.Run, seed: 7);
        for (var i = 0; i < 60; i++) await lives.LiveAsync(TestContext.Current.CancellationToken);

        var verbs = await grid.Run.ColumnAsync("SELECT DISTINCT verb FROM case_step");
        verbs.ShouldBe(Enum.GetValues<CaseVerb>().Select(CaseMachine.Name), ignoreOrder: true);
        var different = await grid.Run.ColumnAsync(
            """
            WITH told AS (
                SELECT data_json::json ->> 'caseId' AS case_id, (data_json::json ->> 'sequence')::int AS number, data_json::json ->> 'verb' AS verb,
                       data_json::json ->> 'ownerCode' AS owner_code, publish_time, subject, place_code
                FROM outbox WHERE type = 'jiceng.grid.case.changed.v1')
            SELECT coalesce(step.case_id::text, told.case_id) FROM case_step step
            FULL JOIN told ON told.case_id = step.case_id::text AND told.number = step.number
            WHERE step.verb IS DISTINCT FROM told.verb OR step.owner_code IS DISTINCT FROM told.owner_code OR told.publish_time IS NULL
               OR told.subject IS DISTINCT FROM told.case_id
               OR told.place_code IS DISTINCT FROM (SELECT node_code FROM grid_case WHERE grid_case.case_id = step.case_id)
            """);
        different.ShouldBeEmpty();
    }
}
