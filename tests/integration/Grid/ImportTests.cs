using Grpc.Core;
using Jiceng.Common.V1;
using Jiceng.Grid.Events.V1;
using Jiceng.Grid.V1;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;
using static Jiceng.IntegrationTests.Grid.GridFixture;

namespace Jiceng.IntegrationTests.Grid;

/// <summary>What an import writes and tells, and several imports at once.</summary>
public sealed class ImportTests(GridFixture grid) : IClassFixture<GridFixture>
{
    private const string Imported = "jiceng.grid.node.imported.v1";

    [Fact]
    public async Task ImportNodes_ThousandPlaces_AreToldInFewEventsEachNodeOnce()
    {
        const string Place = "140224301";
        List<(string Code, string Name)> rows = [(Place, "大镇"), .. Enumerable.Range(100, 600).Select(i => ($"{Place}{i}", $"村{i}")), .. Enumerable.Range(100, 600).Select(i => ($"{Place}{i}001", "一组"))];
        (await grid.ImportAsync(grid.Organizer, new ImportNodesOptions(), rows)).CreatedCount.ShouldBe(1201);

        var events = await EventsAsync(Place);
        events.Select(told => told.Nodes.Count).ShouldBe([500, 500, 201], ignoreOrder: true);
        events.SelectMany(told => told.Nodes).Select(node => (node.Code, node.Name)).ShouldBe(rows, ignoreOrder: true);
        events.SelectMany(told => told.Nodes).ShouldAllBe(node => node.Sequence == 1 && node.HeadPersonId == "");
        (await grid.Run.ColumnAsync("SELECT DISTINCT place_code FROM outbox WHERE type = $1 AND subject = $2", Imported, Place)).ShouldBe([Place]);
        (await CountAsync("SELECT count(*) FROM node n JOIN node_history h USING (code, version, name) WHERE n.update_time = change_time AND starts_with(code, $1)", Place)).ShouldBe(1201);
        (await CountAsync("SELECT count(*) FROM audit WHERE action = 'node.import' AND detail ->> 'created' = '1201'")).ShouldBe(1);
    }

    [Fact]
    public async Task ImportNodes_NewAndRenamed_KeepWhatElseIsKnownOfTheNode()
    {
        const string Place = "140224302", Head = "0198c0de-0000-7000-8000-000000000001";
        await grid.ImportAsync(grid.Organizer, new ImportNodesOptions(), [(Place, "旧名"), ($"{Place}201", "不变")]);
        await grid.Nodes.AssignDutyAsync(new AssignDutyRequest { NodeCode = Place, PersonId = Head, Role = "head" }, grid.Organizer);

        var answer = await grid.ImportAsync(grid.Organizer, new ImportNodesOptions(), [($"{Place}202", "新村𠀀"), ($"{Place}201", "不变"), (Place, "新名")]);

        (answer.CreatedCount, answer.UpdatedCount, answer.UnchangedCount).ShouldBe((1, 1, 1));
        (await EventsAsync(Place)).Last().Nodes.Select(node => (node.Code, node.Name, node.Sequence, node.HeadPersonId))
            .ShouldBe([(Place, "新名", 3, Head), ($"{Place}202", "新村𠀀", 1, "")]);
        (await grid.Run.ColumnAsync("SELECT name FROM node_history WHERE code = $1 ORDER BY version", Place)).ShouldBe(["旧名", "旧名", "新名"]);
        var node = await grid.Nodes.GetNodeAsync(new GetNodeRequest { Code = Place }, grid.Organizer);
        (node.Name, node.HeadPersonId).ShouldBe(("新名", Head));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task ImportNodes_NotToBeWritten_LeavesNoNodeHistoryEventOrAudit(bool allOrNothing, bool dryRun)
    {
        var place = allOrNothing ? "140224303" : "140224304";
        var before = await CountAsync("SELECT count(*) FROM audit WHERE action = 'node.import'");
        var answer = await grid.ImportAsync(
            grid.Organizer, new ImportNodesOptions { AllOrNothing = allOrNothing, DryRun = dryRun }, [(place, "镇"), (Township, "新名"), ("14", "省")]);

        (answer.CreatedCount, answer.UpdatedCount, answer.RefusedCount, answer.Imported).ShouldBe((1, 1, 1, false));
        (await CountAsync("SELECT count(*) FROM node WHERE code = $1 OR name = '新名' AND code = $2", place, Township)).ShouldBe(0);
        (await CountAsync("SELECT count(*) FROM node_history WHERE code = $1", place)).ShouldBe(0);
        (await EventsAsync(place)).ShouldBeEmpty();
        (await CountAsync("SELECT count(*) FROM audit WHERE action = 'node.import'")).ShouldBe(before);
    }

    [Fact]
    public async Task ImportNodes_SameParentManyTimesAtOnce_IsMadeOnceAndThenRenamed()
    {
        const string Place = "140224305";
        var answers = await Task.WhenAll(Enumerable.Range(1, 8).Select(i =>
            grid.ImportAsync(grid.Organizer, new ImportNodesOptions { AllOrNothing = true }, [(Place, $"镇{i}"), ($"{Place}20{i}", "村")])));

        answers.Sum(answer => answer.CreatedCount).ShouldBe(9);
        answers.Sum(answer => answer.UpdatedCount).ShouldBe(7);
        (await grid.Run.ColumnAsync("SELECT version FROM node_history WHERE code = $1 ORDER BY version", Place)).ShouldBe(Enumerable.Range(1, 8).Select(i => $"{i}"));
        (await EventsAsync(Place)).SelectMany(told => told.Nodes).Where(node => node.Code == Place).Select(node => node.Sequence).Order().ShouldBe([1, 2, 3, 4, 5, 6, 7, 8]);
        (await CountAsync("SELECT count(*) FROM node JOIN node_history h USING (code, version, name) WHERE code = $1", Place)).ShouldBe(1);
    }

    [Fact]
    public async Task ImportNodes_WhileTheNodeIsChanged_LosesNeither()
    {
        const string Place = "140224306";
        await grid.ImportAsync(grid.Organizer, new ImportNodesOptions(), [(Place, "镇")]);
        await Task.WhenAll(Enumerable.Range(1, 10).SelectMany(i => new Task[]
        {
            grid.ImportAsync(grid.Organizer, new ImportNodesOptions(), [(Place, $"导入{i}")]),
            grid.Nodes.UpdateNodeAsync(new UpdateNodeRequest { Node = new Node { Code = Place, Name = $"改名{i}" } }, grid.Organizer).ResponseAsync,
        }));

        var versions = await grid.Run.ColumnAsync("SELECT version FROM node_history WHERE code = $1 ORDER BY version", Place);
        versions.ShouldBe(Enumerable.Range(1, 21).Select(i => $"{i}"));
        (await CountAsync("SELECT count(*) FROM node JOIN node_history h USING (code, version, name) WHERE code = $1 AND version = 21", Place)).ShouldBe(1);
    }

    [Fact]
    public async Task ImportNodes_SameRequestAtOnce_IsDoneOnce()
    {
        const string Place = "140224307";
        var caller = grid.Run.As(NewId(), "county_organizer", County);
        var options = new ImportNodesOptions { RequestId = NewId() };
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => grid.ImportAsync(caller, options, [(Place, "镇"), ($"{Place}201", "村")])));

        answers.ShouldAllBe(answer => answer.CreatedCount == 2);
        (await EventsAsync(Place)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task ImportNodes_SeveralProvinces_AreToldApart()
    {
        var caller = grid.Run.As(NewId(), "county_organizer", "14", "61");
        await grid.ImportAsync(caller, new ImportNodesOptions(), [("149901", "甲县"), ("619901", "乙县"), ("149902", "丙县")]);

        (await EventsAsync("1499")).ShouldHaveSingleItem().Nodes.Select(node => node.Code).ShouldBe(["149901", "149902"]);
        (await EventsAsync("619901")).ShouldHaveSingleItem().Nodes.Select(node => node.Code).ShouldBe(["619901"]);
    }

    [Fact]
    public async Task ReadEvents_ImportOfMoreThanTheScope_TellsTheNodesInIt()
    {
        const string Here = "140224308", There = "140224309";
        await grid.ImportAsync(grid.Organizer, new ImportNodesOptions(), [(Here, "此镇"), ($"{Here}201", "此村"), (There, "彼镇"), ($"{There}201", "彼村")]);

        List<NodesImported> told = [];
        await Eventually.HoldsAsync(async () => (told = await ToldAsync(Here)).Any(one => one.Nodes.Any(node => node.Code == Here)), "the import is published");
        told.SelectMany(one => one.Nodes).Select(node => node.Code).ShouldBe([Here, $"{Here}201"]);
        (await ToldAsync($"{There}201")).SelectMany(one => one.Nodes).Select(node => node.Code).ShouldBe([$"{There}201"]);
        (await ToldAsync("140224399")).ShouldBeEmpty();
    }

    private async Task<List<NodesImported>> ToldAsync(string scope)
    {
        var client = new MessagingService.MessagingServiceClient(grid.Run.Channel);
        var page = await client.ReadEventsAsync(new ReadEventsRequest { Types_ = { Imported }, PageSize = 1000 }, grid.Run.As(NewId(), "government_system", scope));
        return [.. page.Events.Select(told => NodesImported.Parser.ParseJson(told.DataJson))];
    }

    private async Task<List<NodesImported>> EventsAsync(string subject) =>
        [.. (await grid.Run.ColumnAsync("SELECT data_json FROM outbox WHERE type = $1 AND subject = $2 ORDER BY position", Imported, subject)).Select(NodesImported.Parser.ParseJson)];

    private async Task<long> CountAsync(string sql, params object[] values) => long.Parse((await grid.Run.ColumnAsync(sql, values)).Single());
}
