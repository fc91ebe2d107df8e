using Jiceng.Grid.V1;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Gateway;

public sealed class TraceTests
{
    private const string Method = "jiceng.grid.v1.NodeService/GetNode";

    [Fact]
    public async Task Call_IsServedAndForwardedAsSpansOfTheMethod()
    {
        await using var receiver = new OtlpReceiver();
        using var tokens = new TestTokens();
        await using var upstream = await Upstream.StartAsync(tokens);
        await using var gateway = await GatewayRun.StartAsync(upstream.Address, tokens, [.. receiver.Settings.Select(setting => (setting.Key, setting.Value!))]);

        await gateway.Nodes.GetNodeAsync(new GetNodeRequest { Code = "140224" }, gateway.Caller());

        var port = $"{gateway.GrpcAddress.Port}";
        var served = await receiver.WaitForAsync(span => span.Kind == "server" && span.Name == Method && span.Tags.GetValueOrDefault("server.port") == port);
        served.Tags["rpc.response.status_code"].ShouldBe("OK");
        served.Tags["rpc.system.name"].ShouldBe("grpc");
        served.IsError.ShouldBeFalse();
        var proxied = await receiver.WaitForAsync(span => span.Name == "proxy.forwarder" && span.ParentId == served.SpanId);
        var forwarded = await receiver.WaitForAsync(span => span.Source == "System.Net.Http" && span.ParentId == proxied.SpanId);
        forwarded.Name.ShouldBe(Method);
        forwarded.Tags["rpc.method"].ShouldBe(Method);
        receiver.Spans.ShouldNotContain(span => span.Name == "proxy.cluster_health_checks" || span.Name.Contains("readyz", StringComparison.Ordinal));
    }
}
