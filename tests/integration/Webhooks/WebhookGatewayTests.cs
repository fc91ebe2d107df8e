using Grpc.Core;
using Jiceng.Common.V1;
using Jiceng.Grid.V1;
using Jiceng.IntegrationTests.Gateway;
using Jiceng.IntegrationTests.Grid;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Webhooks;

/// <summary>Grid whose webhooks may call this machine.</summary>
public sealed class WebhookGridFixture : GridFixture
{
    protected override IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>
    {
        ["Webhooks:AllowHttp"] = "true",
        ["Webhooks:AllowedNetworks:0"] = "127.0.0.0/8",
    };
}

/// <summary>The way of another system: through the gateway it registers, tests, and receives a case.</summary>
public sealed class WebhookGatewayTests(WebhookGridFixture grid) : IClassFixture<WebhookGridFixture>
{
    [Fact]
    public async Task System_ThroughTheGateway_RegistersTestsAndIsToldOfAClosedCase()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var gateway = await GatewayRun.StartAsync(grid.Run.GrpcAddress, grid.Run.Tokens);
        var client = new WebhookService.WebhookServiceClient(gateway.Channel);
        var me = grid.Run.As("client:tax", "government_system", GridFixture.Township);
        me.Add("jiceng-service", "grid");

        var webhook = await client.CreateWebhookAsync(
            new CreateWebhookRequest { Webhook = new Webhook { Address = receiver.Address, Types_ = { "jiceng.grid.case.closed.v1", "jiceng.grid.node.imported.v1" } } }, me);
        (await client.TestWebhookAsync(new TestWebhookRequest { WebhookId = webhook.WebhookId }, me)).Delivered.ShouldBeTrue();
        var head = grid.Run.As(GridFixture.NewId(), "village_secretary", GridFixture.Village);
        var closed = await grid.CloseAsync(GridFixture.NewId(), head);

        await Eventually.HoldsAsync(() => receiver.Taken.Count >= 2, "the case arrives");
        receiver.Taken.Select(call => call.Type).ShouldBe(["jiceng.grid.webhook.tested.v1", "jiceng.grid.case.closed.v1"]);
        var told = receiver.Taken.Last();
        (told.Subject, told.IsSignedWith(webhook.Secret)).ShouldBe((closed.CaseId, true));
        told.Event.GetProperty("place").GetString().ShouldBe(GridFixture.MicroGrid);

        // An event with several places arrives reduced to its scope.
        await grid.ImportAsync(grid.Organizer, new ImportNodesOptions(), [("140224205301", "新村一"), ("140224206301", "新村二")]);
        await Eventually.HoldsAsync(() => receiver.Taken.Count >= 3, "its part of the import arrives");
        receiver.Taken.Last().Event.GetProperty("data").GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("code").GetString()).ShouldBe(["140224205301"]);
    }

    [Fact]
    public async Task System_WithoutTheService_IsAskedToNameIt()
    {
        await using var gateway = await GatewayRun.StartAsync(grid.Run.GrpcAddress, grid.Run.Tokens);
        var client = new WebhookService.WebhookServiceClient(gateway.Channel);
        var refusal = await Refusal.OfAsync(client.ListWebhooksAsync(new ListWebhooksRequest(), grid.Run.As("client:tax", "government_system", GridFixture.Township)));
        (refusal.Code, refusal.Reason).ShouldBe((StatusCode.InvalidArgument, "SERVICE_NOT_NAMED"));
    }
}
