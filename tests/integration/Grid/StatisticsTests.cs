using Grpc.Core;
using Jiceng.Grid.V1;
using Shouldly;
using Xunit;
using static Jiceng.IntegrationTests.Grid.GridFixture;
using GroupBy = Jiceng.Grid.V1.GetCaseStatisticsRequest.Types.GroupBy;

namespace Jiceng.IntegrationTests.Grid;

/// <summary>Before any level of places is counted: from the cases, one by one.</summary>
public sealed class StatisticsOfCasesTests(UncountedGridFixture grid) : StatisticsTests(grid), IClassFixture<UncountedGridFixture>;

/// <summary>From counts, and the changes that are not added to them yet.</summary>
public sealed class StatisticsOfCountsTests(GridFixture grid) : StatisticsTests(grid), IClassFixture<GridFixture>;

public abstract class StatisticsTests(GridFixture grid)
{
    // A city's published month, 2016-12: reported 1,054, accepted 996, due 972, closed 911 (93.72 %), in time 737 (75.82 %).
    private const string PublishedMonth =
        """
        INSERT INTO grid_case (
            case_id, node_code, owner_code, category, urgency, state, description, reporter_id, attachments, parts, handler_ids, on_the_spot,
            rework_count, close_count, rating, report_time, accept_due, accept_time, handle_due, handle_time, verify_due, verify_time, close_time,
            accept_overdue_raised, handle_overdue_raised, update_time, version)
        SELECT gen_random_uuid(), '140224205201001', '140224205201001', CASE WHEN n <= 9 OR n BETWEEN 912 AND 918 THEN 'farm.sale' ELSE 'sanitation.toilet' END,
            1, CASE WHEN n <= 911 THEN 7 WHEN n <= 972 THEN 4 WHEN n <= 996 THEN 4 ELSE 8 END, '', '', '[]', '[]', '{}', false,
            0, 0, 0, t.reported, t.reported + interval '1 day', CASE WHEN n <= 996 THEN t.reported + interval '1 hour' END,
            CASE WHEN n <= 972 THEN t.reported + interval '3 days' WHEN n <= 996 THEN timestamptz '2017-02-01 00:00+08' END,
            CASE WHEN n <= 737 THEN t.reported + interval '2 days' WHEN n <= 911 THEN t.reported + interval '4 days' END,
            CASE WHEN n <= 911 THEN t.reported + interval '6 days' END, CASE WHEN n <= 911 THEN t.reported + interval '5 days' END,
            CASE WHEN n <= 911 THEN t.reported + interval '5 days' END, false, false, t.reported, 1
        FROM generate_series(1, 1054) AS n
        CROSS JOIN LATERAL (SELECT timestamptz '2016-12-01 00:00+08' + n * interval '30 minutes' AS reported) t
        RETURNING 1
        """;

    [Fact]
    public async Task GetCaseStatistics_PublishedMonth_GivesThePublishedFigures()
    {
        await grid.Run.ColumnAsync(PublishedMonth);
        var december = new GetCaseStatisticsRequest { NodeCode = County, StartDate = "2016-12-01", EndDate = "2016-12-31" };
        var month = (await grid.Cases.GetCaseStatisticsAsync(december, grid.Organizer)).Rows.ShouldHaveSingleItem();
        (month.ReportedCount, month.AcceptedCount, month.DueCount, month.ClosedCount, month.ClosedOnTimeCount).ShouldBe((1054, 996, 972, 911, 737));
        (month.ClosingRate.Percent, month.OnTimeClosingRate.Percent, month.AcceptRate.Percent).ShouldBe(("93.72", "75.82", "94.50"));
        month.MedianHandlingHours.ShouldBe(48);
        month.P95HandlingHours.ShouldBe(96);

        december.GroupBy = GroupBy.Category;
        var kinds = (await grid.Cases.GetCaseStatisticsAsync(december, grid.Organizer)).Rows;
        var sale = kinds.Single(row => row.Key == "farm.sale");
        (sale.DueCount, sale.ClosedCount, sale.ClosingRate.Percent).ShouldBe((16, 9, "56.25"));

        december.GroupBy = GroupBy.Day;
        var days = (await grid.Cases.GetCaseStatisticsAsync(december, grid.Organizer)).Rows;
        days.Sum(row => row.ReportedCount).ShouldBe(1054);
        days.Sum(row => row.ClosedCount).ShouldBe(911);
        days[0].Key.ShouldBe("2016-12-01");
        days[0].ReportedCount.ShouldBe(47);

        december.GroupBy = GroupBy.Node;
        var nodes = (await grid.Cases.GetCaseStatisticsAsync(december, grid.Organizer)).Rows;
        nodes.ShouldHaveSingleItem().Key.ShouldBe(Township);
        december.Category = "farm";
        (await grid.Cases.GetCaseStatisticsAsync(december, grid.Organizer)).Rows.ShouldHaveSingleItem().ClosedCount.ShouldBe(9);
        var other = grid.Run.As(NewId(), "township_committee", OtherTownship);
        december = new GetCaseStatisticsRequest { StartDate = "2016-12-01", EndDate = "2016-12-31" };
        (await grid.Cases.GetCaseStatisticsAsync(december, other)).Rows.ShouldHaveSingleItem().ReportedCount.ShouldBe(0);
    }

    [Fact]
    public async Task GetCaseStatistics_LiveCases_CountRejectedVoidedReworkedAndSuspended()
    {
        var worker = NewId();
        const string Village = "140224206201";
        const string Node = "140224206201001";
        var head = grid.Run.As(NewId(), "village_secretary", Village);
        var me = grid.Run.As(worker, "grid_worker", Node);
        await grid.CloseAsync(worker, head, Node);
        var voided = await grid.ReportAsync(Node);
        await grid.Cases.AcceptCaseAsync(new AcceptCaseRequest { CaseId = voided.CaseId }, head);
        await grid.Cases.VoidCaseAsync(new VoidCaseRequest { CaseId = voided.CaseId, Reason = "误立" }, head);
        var rejected = await grid.ReportAsync(Node);
        await grid.Cases.RejectCaseAsync(new RejectCaseRequest { CaseId = rejected.CaseId, Reason = "重复" }, head);
        var reworked = await grid.DispatchAsync(worker, head, Node);
        await grid.Cases.StartCaseAsync(new StartCaseRequest { CaseId = reworked.CaseId }, me);
        await grid.Cases.FinishCaseAsync(new FinishCaseRequest { CaseId = reworked.CaseId, Result = "x" }, me);
        await grid.Cases.VerifyCaseAsync(new VerifyCaseRequest { CaseId = reworked.CaseId, Remark = "不合格" }, head);
        await grid.Cases.StartCaseAsync(new StartCaseRequest { CaseId = reworked.CaseId }, me);
        await grid.Cases.SuspendCaseAsync(new SuspendCaseRequest { CaseId = reworked.CaseId, Reason = "等待" }, head);
        var today = Jiceng.Domain.ChinaTime.Day(TimeProvider.System.GetUtcNow());
        var request = new GetCaseStatisticsRequest
        {
            NodeCode = Village,
            StartDate = today.AddDays(-1).ToString("O"),
            EndDate = today.ToString("O"),
        };
        var row = (await grid.Cases.GetCaseStatisticsAsync(request, head)).Rows.ShouldHaveSingleItem();
        (row.ReportedCount, row.AcceptedCount, row.VoidedCount, row.ClosedCount, row.DueCount).ShouldBe((4, 3, 1, 1, 1));
        (row.ReworkCount, row.SuspendedCount, row.CorrectAcceptRate.Percent).ShouldBe((1, 1, "66.67"));
        (row.ToVerifyCount, row.VerifiedOnTimeCount).ShouldBe((1, 1));
    }

    [Fact]
    public async Task GetCaseStatistics_BadPeriod_IsRefused()
    {
        var request = new GetCaseStatisticsRequest { StartDate = "2026-02-30", EndDate = "2026-03-01" };
        var refused = await Refusal.OfAsync(grid.Cases.GetCaseStatisticsAsync(request, grid.Organizer));
        (refused.Code, refused.Info.Reason, refused.Info.Metadata["field"]).ShouldBe((StatusCode.InvalidArgument, "ARGUMENT_INVALID", "start_date"));
        request = new GetCaseStatisticsRequest { StartDate = "2026-03-02", EndDate = "2026-03-01" };
        (await Refusal.OfAsync(grid.Cases.GetCaseStatisticsAsync(request, grid.Organizer))).Info.Reason.ShouldBe("PERIOD_INVALID");
    }
}
