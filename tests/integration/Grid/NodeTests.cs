using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Jiceng.Grid.V1;
using Shouldly;
using Xunit;
using static Jiceng.IntegrationTests.Grid.GridFixture;

namespace Jiceng.IntegrationTests.Grid;

public sealed class NodeTests(GridFixture grid) : IClassFixture<GridFixture>
{
    [Fact]
    public async Task ImportNodes_SomeRowsBad_ReportsThemByLineAndImportsTheRest()
    {
        List<(string, string)> rows =
        [
            ("140224205203", "南村"), ("14022420520", "短"), ("140224205203001", "一组"), ("140224299001", "无上级"), ("140224205203", "重复"), ("140225100", "外县"),
        ];
        var answer = await grid.ImportAsync(grid.Organizer, new ImportNodesOptions(), rows);
        (answer.CreatedCount, answer.RefusedCount, answer.Imported).ShouldBe((2, 4, true));
        answer.RefusedRows.Select(row => (row.Line, row.Reason)).ShouldBe(
            [(3, "PLACE_CODE_INVALID"), (5, "NODE_PARENT_MISSING"), (6, "NODE_TWICE"), (7, "OUT_OF_SCOPE")]);
        answer.RefusedRows.ShouldAllBe(row => row.Message.Length > 0 && row.MessageZh.Length > 0);
        (await grid.Nodes.GetNodeAsync(new GetNodeRequest { Code = "140224205203001" }, grid.Organizer)).ParentCode.ShouldBe("140224205203");
        (await grid.Run.EventsAsync("jiceng.grid.node.imported.v1", "140224205203")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task ImportNodes_AllOrNothing_ImportsNothingWhenARowIsBad()
    {
        var answer = await grid.ImportAsync(
            grid.Organizer, new ImportNodesOptions { AllOrNothing = true }, [("140224205204", "北村"), ("1402242052", "短")]);
        (answer.CreatedCount, answer.RefusedCount, answer.Imported).ShouldBe((1, 1, false));
        var refused = await Refusal.OfAsync(grid.Nodes.GetNodeAsync(new GetNodeRequest { Code = "140224205204" }, grid.Organizer));
        (refused.Code, refused.Info.Reason).ShouldBe((StatusCode.NotFound, "NODE_NOT_FOUND"));
    }

    [Fact]
    public async Task ImportNodes_DryRun_CountsAndImportsNothing()
    {
        var answer = await grid.ImportAsync(grid.Organizer, new ImportNodesOptions { DryRun = true }, [("140224205205", "东村")]);
        (answer.CreatedCount, answer.Imported).ShouldBe((1, false));
        (await grid.Run.ColumnAsync("SELECT count(*) FROM node WHERE code = '140224205205'")).ShouldBe(["0"]);
    }

    [Fact]
    public async Task ImportNodes_AgainAndRenamed_ChangesOnlyWhatIsNew()
    {
        await grid.ImportAsync(grid.Organizer, new ImportNodesOptions(), [("140224205206", "西村"), ("140224205207", "中村")]);
        var again = await grid.ImportAsync(grid.Organizer, new ImportNodesOptions(), [("140224205206", "西新村"), ("140224205207", "中村")]);
        (again.CreatedCount, again.UpdatedCount, again.UnchangedCount).ShouldBe((0, 1, 1));
        (await grid.Run.ColumnAsync("SELECT name FROM node_history WHERE code = '140224205206' ORDER BY version")).ShouldBe(["西村", "西新村"]);
    }

    [Fact]
    public async Task ImportNodes_SameRequestId_AnswersTheSameAndImportsOnce()
    {
        var caller = grid.Run.As(NewId(), "township_committee", Township);
        var options = new ImportNodesOptions { RequestId = NewId() };
        var first = await grid.ImportAsync(caller, options, [("140224205208", "河村")]);
        var second = await grid.ImportAsync(caller, options, [("140224205208", "河村")]);
        second.ShouldBe(first);
        second.CreatedCount.ShouldBe(1);
        var refused = Refusal.Of(await Should.ThrowAsync<RpcException>(() => grid.ImportAsync(caller, options, [("140224205209", "山村")])));
        refused.Info.Reason.ShouldBe("REQUEST_ID_REUSED");
    }

    [Fact]
    public async Task ImportNodes_RowsFirst_IsRefused()
    {
        using var call = grid.Nodes.ImportNodes(grid.Organizer);
        await call.RequestStream.WriteAsync(new ImportNodesRequest { Rows = new NodeRows() });
        await call.RequestStream.CompleteAsync();
        Refusal.Of(await Should.ThrowAsync<RpcException>(async () => await call)).Info.Reason.ShouldBe("IMPORT_OPTIONS_FIRST");
    }

    [Fact]
    public async Task ListNodes_ChildrenSubtreeAndScope_AreCutAndPaged()
    {
        var township = grid.Run.As(NewId(), "township_committee", OtherTownship);
        var children = await grid.Nodes.ListNodesAsync(new ListNodesRequest { ParentCode = OtherTownship }, township);
        children.Nodes.Select(node => node.Code).ShouldBe(["140224206201", "140224206202"]);
        var tops = await grid.Nodes.ListNodesAsync(new ListNodesRequest(), township);
        tops.Nodes.ShouldHaveSingleItem().Code.ShouldBe(OtherTownship);

        var all = new List<string>();
        var request = new ListNodesRequest { Recursive = true, PageSize = 2 };
        do
        {
            var page = await grid.Nodes.ListNodesAsync(request, township);
            all.AddRange(page.Nodes.Select(node => node.Code));
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        all.Count.ShouldBe(7);
        all.ShouldBe(all.Order(StringComparer.Ordinal));
        all.ShouldAllBe(code => code.StartsWith(OtherTownship, StringComparison.Ordinal));

        var micro = await grid.Nodes.ListNodesAsync(new ListNodesRequest { Recursive = true, Level = NodeLevel.MicroGrid }, township);
        micro.Nodes.Count.ShouldBe(4);
        var counts = await grid.Nodes.CountNodesAsync(new CountNodesRequest(), township);
        counts.Counts.Select(count => (count.Level, count.Count)).ShouldBe([(NodeLevel.Township, 1), (NodeLevel.Village, 2), (NodeLevel.MicroGrid, 4)]);
    }

    [Fact]
    public async Task UpdateNode_StaleEtagOrWrongMask_IsRefused()
    {
        var node = await grid.Nodes.GetNodeAsync(new GetNodeRequest { Code = "140224206202002" }, grid.Organizer);
        node.Name = "二组新名";
        var updated = await grid.Nodes.UpdateNodeAsync(new UpdateNodeRequest { Node = node }, grid.Organizer);
        updated.Name.ShouldBe("二组新名");
        var stale = await Refusal.OfAsync(grid.Nodes.UpdateNodeAsync(new UpdateNodeRequest { Node = node }, grid.Organizer));
        (stale.Code, stale.Info.Reason, stale.Info.Metadata["current"]).ShouldBe((StatusCode.Aborted, "ETAG_MISMATCH", updated.Etag));
        var mask = new UpdateNodeRequest { Node = updated, UpdateMask = new FieldMask { Paths = { "code" } } };
        (await Refusal.OfAsync(grid.Nodes.UpdateNodeAsync(mask, grid.Organizer))).Info.Reason.ShouldBe("UPDATE_MASK_INVALID");
        updated.Name = " ";
        (await Refusal.OfAsync(grid.Nodes.UpdateNodeAsync(new UpdateNodeRequest { Node = updated }, grid.Organizer))).Info.Reason.ShouldBe("NODE_NAME_INVALID");
    }

    [Fact]
    public async Task AssignDuty_NewHead_EndsTheDutyOfTheOneBefore()
    {
        const string Node = "140224206201002";
        var (first, second) = (NewId(), NewId());
        var duty = await grid.Nodes.AssignDutyAsync(new AssignDutyRequest { NodeCode = Node, PersonId = first, Role = "head" }, grid.Organizer);
        await grid.Nodes.AssignDutyAsync(new AssignDutyRequest { NodeCode = Node, PersonId = second, Role = "head" }, grid.Organizer);
        (await grid.Nodes.GetNodeAsync(new GetNodeRequest { Code = Node }, grid.Organizer)).HeadPersonId.ShouldBe(second);
        var all = await grid.Nodes.ListDutiesAsync(new ListDutiesRequest { NodeCode = Node, IncludeEnded = true }, grid.Organizer);
        all.Duties.Single(one => one.DutyId == duty.DutyId).EndTime.ShouldNotBeNull();
        (await grid.Nodes.ListDutiesAsync(new ListDutiesRequest { NodeCode = Node }, grid.Organizer)).Duties.ShouldHaveSingleItem().PersonId.ShouldBe(second);
        var refused = await Refusal.OfAsync(grid.Nodes.EndDutyAsync(new EndDutyRequest { DutyId = duty.DutyId }, grid.Organizer));
        (refused.Code, refused.Info.Reason).ShouldBe((StatusCode.FailedPrecondition, "DUTY_ENDED"));
    }

    [Fact]
    public async Task AssignDuty_BadInput_SaysWhatIsWrong()
    {
        var person = NewId();
        var request = new AssignDutyRequest { NodeCode = MicroGrid, PersonId = person, Role = "full_time" };
        await grid.Nodes.AssignDutyAsync(request, grid.Organizer);
        (await Refusal.OfAsync(grid.Nodes.AssignDutyAsync(request, grid.Organizer))).Info.Reason.ShouldBe("DUTY_EXISTS");
        request.Role = "boss";
        (await Refusal.OfAsync(grid.Nodes.AssignDutyAsync(request, grid.Organizer))).Info.Reason.ShouldBe("DUTY_ROLE_UNKNOWN");
        request.PersonId = "张三";
        (await Refusal.OfAsync(grid.Nodes.AssignDutyAsync(request, grid.Organizer))).Info.Reason.ShouldBe("ARGUMENT_INVALID");
        request = new AssignDutyRequest { NodeCode = Village + "999", PersonId = person, Role = "helper" };
        (await Refusal.OfAsync(grid.Nodes.AssignDutyAsync(request, grid.Organizer))).Info.Reason.ShouldBe("NODE_NOT_FOUND");
        request.NodeCode = "14022420";
        (await Refusal.OfAsync(grid.Nodes.AssignDutyAsync(request, grid.Organizer))).Info.Reason.ShouldBe("PLACE_CODE_INVALID");
    }
}
