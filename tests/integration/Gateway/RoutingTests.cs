using Grpc.Core;
using Jiceng.Common.V1;
using Jiceng.Gateway;
using Jiceng.Gateway.Routing;
using Jiceng.Grid.V1;
using Jiceng.TestSupport;
using Microsoft.Extensions.Options;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Gateway;

public sealed class RoutingTests : IDisposable
{
    private readonly TestTokens _tokens = new();

    public void Dispose() => _tokens.Dispose();

    [Fact]
    public async Task EveryMethodOfTheContracts_IsRoutedToTheServiceOfItsPackage()
    {
        // Nothing listens behind the gateway, so each call is refused, and the refusal names the service that was tried.
        await using var gateway = await GatewayRun.StartAsync(Unused(), _tokens, ("Limits:CallBurst", "100000"));
        var methods = new ContractMethods().Services.SelectMany(service => service.Methods).ToArray();
        methods.Length.ShouldBeGreaterThan(40);
        foreach (var method in methods.Where(method => method.Service.File.Package.StartsWith("jiceng.", StringComparison.Ordinal)))
        {
            var package = method.Service.File.Package.Split('.')[1];
            string[] services = package == "common" ? ["cadre", "grid", "scoring"] : [package];
            foreach (var service in services)
            {
                var headers = gateway.Caller();
                if (package == "common") headers.Add("jiceng-service", service);
                var refusal = await Refusal.OfAsync(Call(gateway, $"/{method.Service.FullName}", method.Name, headers));
                refusal.Info.Reason.ShouldBe("SERVICE_UNAVAILABLE", method.FullName);
                refusal.Info.Metadata["service"].ShouldBe(service, method.FullName);
            }
        }
    }

    [Fact]
    public async Task MessagingService_ByHeader_ReachesThatService()
    {
        await using var upstream = await Upstream.StartAsync(_tokens);
        await using var gateway = await GatewayRun.StartAsync(upstream.Address, _tokens);
        var headers = gateway.Caller();
        headers.Add("jiceng-service", "scoring");

        (await gateway.Messaging.ReadEventsAsync(new ReadEventsRequest(), headers)).NextPosition.ShouldBe("scoring");
    }

    [Theory]
    [InlineData("grid,cadre")]
    [InlineData("grid, grid")]
    public async Task MessagingService_SeveralServicesNamed_IsInvalid(string named)
    {
        await using var gateway = await GatewayRun.StartAsync(Unused(), _tokens);
        var caller = gateway.Caller();
        caller.Add("jiceng-service", named);

        var refusal = await Refusal.OfAsync(gateway.Messaging.ReadEventsAsync(new ReadEventsRequest(), caller));
        refusal.Info.Reason.ShouldBe("SERVICE_NOT_NAMED");
    }

    [Fact]
    public async Task MessagingService_WithoutHeader_IsInvalidAndNamesTheServices()
    {
        await using var gateway = await GatewayRun.StartAsync(Unused(), _tokens);

        var refusal = await Refusal.OfAsync(gateway.Messaging.ReadEventsAsync(new ReadEventsRequest(), gateway.Caller()));
        refusal.Code.ShouldBe(StatusCode.InvalidArgument);
        refusal.Info.Reason.ShouldBe("SERVICE_NOT_NAMED");
        refusal.Info.Metadata["allowed"].ShouldBe("cadre, grid, scoring");
    }

    [Theory]
    [InlineData("/jiceng.grid.v1.NodeService", "DropNodes")]
    [InlineData("/jiceng.grid.v1.SecretService", "GetNode")]
    [InlineData("/jiceng.tax.v1.NodeService", "GetNode")]
    [InlineData("/jiceng.grid.events.v1.Internal", "Get")]
    public async Task UnknownMethod_IsUnimplemented(string service, string method)
    {
        await using var gateway = await GatewayRun.StartAsync(Unused(), _tokens);

        var refusal = await Refusal.OfAsync(Call(gateway, service, method, gateway.Caller()));
        refusal.Code.ShouldBe(StatusCode.Unimplemented);
        refusal.Info.Reason.ShouldBe("METHOD_UNKNOWN");
        refusal.Info.Metadata["method"].ShouldBe($"{service.TrimStart('/')}/{method}");
    }

    [Fact]
    public async Task RefusalOfTheService_PassesAsItIs()
    {
        await using var upstream = await Upstream.StartAsync(_tokens);
        await using var gateway = await GatewayRun.StartAsync(upstream.Address, _tokens);

        var e = await Should.ThrowAsync<RpcException>(async () => await gateway.Nodes.GetNodeAsync(new GetNodeRequest { Code = "refused" }, gateway.Caller()));
        e.StatusCode.ShouldBe(StatusCode.NotFound);
        e.Status.Detail.ShouldBe("网格不存在 100%");
        e.Trailers.GetValue("x-reason").ShouldBe("NODE_NOT_FOUND");
    }

    [Fact]
    public async Task Call_WithoutDeadline_GetsTheGateways()
    {
        await using var upstream = await Upstream.StartAsync(_tokens);
        await using var gateway = await GatewayRun.StartAsync(upstream.Address, _tokens, ("Limits:Deadline", "00:01:40"));
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;

        await gateway.Nodes.GetNodeAsync(new GetNodeRequest(), gateway.Caller());
        upstream.Seen.Deadline.ShouldBeInRange(now.AddSeconds(95), now.AddSeconds(120));

        await gateway.Nodes.GetNodeAsync(new GetNodeRequest(), gateway.Caller(), now.AddSeconds(20));
        upstream.Seen.Deadline.ShouldBeInRange(now.AddSeconds(10), now.AddSeconds(30));
    }

    [Fact]
    public async Task Call_WithoutDeadline_OfAClassWithItsOwn_GetsThat()
    {
        await using var upstream = await Upstream.StartAsync(_tokens);
        await using var gateway = await GatewayRun.StartAsync(upstream.Address, _tokens, ("Limits:Deadline", "00:01:40"), ("Limits:Write:Deadline", "00:10:00"));
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;

        await gateway.Nodes.UpdateNodeAsync(new UpdateNodeRequest { Node = new Node() }, gateway.Caller());
        upstream.Seen.Deadline.ShouldBeInRange(now.AddSeconds(595), now.AddSeconds(620));

        await gateway.Nodes.GetNodeAsync(new GetNodeRequest(), gateway.Caller());
        upstream.Seen.Deadline.ShouldBeInRange(now.AddSeconds(95), now.AddSeconds(120));
    }

    [Fact]
    public async Task Start_WithRouteToUnknownCluster_IsRefused()
    {
        var e = await Should.ThrowAsync<OptionsValidationException>(() =>
            GatewayRun.StartAsync(Unused(), _tokens, ("ReverseProxy:Routes:grid:ClusterId", "gird")));
        e.Failures.ShouldHaveSingleItem().ShouldBe("ReverseProxy:Routes:grid:ClusterId is 'gird', which is no cluster; there are cadre, grid, scoring");
    }

    [Theory]
    [InlineData("ReverseProxy:Clusters:grid:Destinations:a:Address", "grid-6011")]
    [InlineData("Limits:RequestBytes", "0")]
    [InlineData("Limits:CallBurst", "1")]
    [InlineData("Limits:CallsAtOnce", "0")]
    [InlineData("Limits:Deadline", "00:00:00")]
    [InlineData("Limits:Silence", "00:00:00")]
    [InlineData("Limits:Read:Deadline", "00:00:00.1")]
    [InlineData("Limits:Stream:Deadline", "00:01:00")]
    public async Task Start_WithWrongOption_IsRefusedNamingIt(string option, string value)
    {
        var e = await Should.ThrowAsync<OptionsValidationException>(() => GatewayRun.StartAsync(Unused(), _tokens, (option, value)));
        e.Failures.ShouldHaveSingleItem().ShouldContain(option);
    }

    internal static Uri Unused() => new($"http://127.0.0.1:{FreePort.Take()}");

    /// <summary>Calls any method with an empty message.</summary>
    internal static AsyncUnaryCall<byte[]> Call(GatewayRun gateway, string service, string method, Metadata headers)
    {
        var bytes = new Marshaller<byte[]>(message => message, message => message);
        var called = new Method<byte[], byte[]>(MethodType.Unary, service.TrimStart('/'), method, bytes, bytes);
        return gateway.Channel.CreateCallInvoker().AsyncUnaryCall(called, null, new CallOptions(headers), []);
    }
}
