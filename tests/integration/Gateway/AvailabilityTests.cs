using Grpc.Core;
using Jiceng.Grid.V1;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Gateway;

public sealed class AvailabilityTests : IDisposable
{
    private readonly TestTokens _tokens = new();

    public void Dispose() => _tokens.Dispose();

    [Fact]
    public async Task ServiceDown_IsUnavailableWithRetryInfo_AndRecoversWithoutRestart()
    {
        var upstream = await Upstream.StartAsync(_tokens);
        var port = upstream.Address.Port;
        // The circuit and the probes, which would refuse some of the calls at once, have tests of their own.
        await using var gateway = await GatewayRun.StartAsync(
            upstream.Address, _tokens, ("Limits:CircuitFailures", "100"), ("ReverseProxy:Clusters:grid:HealthCheck:Active:Enabled", "false"));
        await gateway.Nodes.GetNodeAsync(new GetNodeRequest(), gateway.Caller());

        await upstream.DisposeAsync();
        // More failures than the passive check needs to call the only destination unhealthy.
        for (var i = 0; i < 20; i++)
        {
            var refusal = await Refusal.OfAsync(gateway.Nodes.GetNodeAsync(new GetNodeRequest(), gateway.Caller()));
            refusal.Code.ShouldBe(StatusCode.Unavailable);
            refusal.Info.Reason.ShouldBe("SERVICE_UNAVAILABLE");
            refusal.Info.Metadata["service"].ShouldBe("grid");
            refusal.RetryAfter.ShouldNotBeNull().ShouldBeGreaterThan(TimeSpan.Zero);
        }

        // Twenty lines that say why, not twenty stack traces.
        gateway.Lines.All.Count(line => line.StartsWith("Warning The call was not forwarded to grid: Request, Connection refused", StringComparison.Ordinal)).ShouldBe(20);
        gateway.Lines.All.ShouldAllBe(line => !line.Contains("   at "));

        await using var again = await Upstream.StartAsync(_tokens, port);
        (await gateway.Nodes.GetNodeAsync(new GetNodeRequest { Code = "140224" }, gateway.Caller())).Code.ShouldBe("140224");
    }

    [Fact]
    public async Task ServiceGoneInTheMiddleOfAStream_IsUnavailable()
    {
        await using var upstream = await Upstream.StartAsync(_tokens);
        await using var gateway = await GatewayRun.StartAsync(upstream.Address, _tokens);
        using var watch = gateway.Cases.WatchCases(new WatchCasesRequest(), gateway.Caller());
        upstream.Seen.Watch.Writer.TryWrite("first");
        (await watch.ResponseStream.MoveNext()).ShouldBeTrue();

        upstream.Seen.Watch.Writer.TryWrite(Seen.Crash);

        var e = await Should.ThrowAsync<RpcException>(() => watch.ResponseStream.MoveNext());
        Refusal.Of(e).Code.ShouldBe(StatusCode.Unavailable);
    }

    [Fact]
    public async Task GatewayStops_WithAStreamOpen_EndsItAtOnceWithUnavailable()
    {
        await using var upstream = await Upstream.StartAsync(_tokens);
        await using var gateway = await GatewayRun.StartAsync(upstream.Address, _tokens);
        using var watch = gateway.Cases.WatchCases(new WatchCasesRequest(), gateway.Caller());
        await watch.ResponseHeadersAsync;

        await gateway.StopAsync().WaitAsync(TimeSpan.FromSeconds(90));

        var e = await Should.ThrowAsync<RpcException>(() => watch.ResponseStream.MoveNext());
        Refusal.Of(e).Info.Reason.ShouldBe("SERVICE_UNAVAILABLE");
    }

    [Theory]
    [InlineData("CreatePerson", StatusCode.Unavailable, "SERVICE_UNAVAILABLE")]
    [InlineData("ListPersons", StatusCode.Internal, "GATEWAY_FAILED")]
    public async Task AnswerThatIsNoGrpcAnswer_IsAnErrorWithAReason(string method, StatusCode code, string reason)
    {
        await using var upstream = await Upstream.StartAsync(_tokens);
        await using var gateway = await GatewayRun.StartAsync(upstream.Address, _tokens);

        var refusal = await Refusal.OfAsync(RoutingTests.Call(gateway, "jiceng.cadre.v1.PersonService", method, gateway.Caller()));
        refusal.Code.ShouldBe(code);
        refusal.Info.Reason.ShouldBe(reason);
    }

    [Fact]
    public async Task UnhealthyDestination_IsLeftOut()
    {
        await using var healthy = await Upstream.StartAsync(_tokens);
        await using var gateway = await GatewayRun.StartAsync(
            healthy.Address,
            _tokens,
            ("ReverseProxy:Clusters:grid:Destinations:dead:Address", RoutingTests.Unused().ToString()),
            ("ReverseProxy:Clusters:grid:LoadBalancingPolicy", "RoundRobin"),
            ("ReverseProxy:Clusters:grid:HealthCheck:Active:Interval", "00:00:00.100"));

        // The active check needs a moment to see the dead one; after that no call may fail.
        var failures = int.MaxValue;
        for (var round = 0; round < 100 && failures > 0; round++)
        {
            failures = 0;
            for (var i = 0; i < 10; i++)
            {
                try
                {
                    await gateway.Nodes.GetNodeAsync(new GetNodeRequest(), gateway.Caller());
                }
                catch (RpcException)
                {
                    failures++;
                }
            }

            if (failures > 0) await Task.Delay(50);
        }

        failures.ShouldBe(0);
    }
}
