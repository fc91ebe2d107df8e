using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using Grpc.Core;
using Jiceng.Grid.V1;
using Jiceng.TestSupport;
using Microsoft.Extensions.Options;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Gateway;

/// <summary>What services that do not answer, answers that are too large and bodies that do not come do to callers: as little as can be.</summary>
public sealed class UpstreamGuardTests : IAsyncLifetime
{
    private readonly TestTokens _tokens = new();
    private Upstream _upstream = null!;

    public async ValueTask InitializeAsync() => _upstream = await Upstream.StartAsync(_tokens);

    public async ValueTask DisposeAsync()
    {
        await _upstream.DisposeAsync();
        _tokens.Dispose();
    }

    [Fact]
    public async Task ServiceThatFailed_IsNotAskedByEachCall_AndIsServedWhenItIsBack()
    {
        await using var gateway = await GatewayRun.StartAsync(_upstream.Address, _tokens, ("Limits:CircuitFailures", "3"), ("Limits:CircuitPause", "00:00:00.500"));
        var port = _upstream.Address.Port;
        await _upstream.DisposeAsync();
        var started = Stopwatch.GetTimestamp();

        for (var i = 0; i < 50; i++)
        {
            var refusal = await Refusal.OfAsync(gateway.Nodes.GetNodeAsync(new GetNodeRequest(), gateway.Caller()));
            (refusal.Code, refusal.Reason, refusal.Metadata["service"]).ShouldBe((StatusCode.Unavailable, "SERVICE_UNAVAILABLE", "grid"));
            refusal.RetryAfter.ShouldNotBeNull().ShouldBeGreaterThan(TimeSpan.Zero);
        }

        var asked = gateway.Lines.All.Count(line => line.Contains("The call was not forwarded to grid", StringComparison.Ordinal));
        asked.ShouldBeInRange(3, 4 + (int)(Stopwatch.GetElapsedTime(started) / TimeSpan.FromSeconds(0.5)));
        gateway.Lines.All.Count(line => line.StartsWith("Warning grid failed 3 times in a row", StringComparison.Ordinal)).ShouldBe(1);

        _upstream = await Upstream.StartAsync(_tokens, port);
        await Eventually.HoldsAsync(async () => await AnsweredAsync(gateway), "one call finds out that it is back");
        gateway.Lines.All.ShouldContain(line => line.StartsWith("Information grid answers again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ServiceThatHangs_EndsTheCallSoonAfterItsDeadline()
    {
        await using var gateway = await GatewayRun.StartAsync(_upstream.Address, _tokens, ("Limits:Deadline", "00:00:01"));

        // The service keeps the call whatever its deadline; a client that cancels by itself would not show what the gateway does.
        using var answer = await PostAsync(gateway, "/jiceng.cadre.v1.PersonService/UpdatePerson", new ByteArrayContent([0, 0, 0, 0, 0]));

        IsTooLong(answer);
    }

    [Fact]
    public async Task Answer_LargerThanIsPassedOn_IsRefusedWithTheLimit_SmallerIsNot()
    {
        await using var gateway = await GatewayRun.StartAsync(_upstream.Address, _tokens, ("Limits:ResponseBytes", "1000"));

        (await gateway.Nodes.GetNodeAsync(new GetNodeRequest { Code = new string('x', 900) }, gateway.Caller())).Code.Length.ShouldBe(900);
        var refusal = await Refusal.OfAsync(gateway.Nodes.GetNodeAsync(new GetNodeRequest { Code = new string('x', 1100) }, gateway.Caller()));

        (refusal.Code, refusal.Reason, refusal.Metadata["limit"]).ShouldBe((StatusCode.ResourceExhausted, "RESPONSE_TOO_LARGE", "1000"));
        gateway.Lines.All.ShouldAllBe(line => !line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Body_ThatStopsInTheMiddle_IsWaitedForUntilTheDeadline_AndTeachesNothingAboutTheService()
    {
        await using var gateway = await GatewayRun.StartAsync(_upstream.Address, _tokens, ("Limits:Deadline", "00:00:01"), ("Limits:CircuitFailures", "1"));

        // A message of 1000 bytes is announced, of which five come.
        using var answer = await PostAsync(gateway, "/jiceng.cadre.v1.PersonService/GetPerson", new StalledContent([0, 0, 0, 3, 232, 1, 2, 3, 4, 5]));

        IsTooLong(answer);
        using var next = await PostAsync(gateway, "/jiceng.cadre.v1.PersonService/GetPerson", new ByteArrayContent([0, 0, 0, 0, 0]));
        next.Headers.Contains("grpc-status").ShouldBeFalse();
    }

    [Fact]
    public async Task RequestStream_ThatBringsNothing_IsEnded_OneThatGoesOnIsNot()
    {
        await using var gateway = await GatewayRun.StartAsync(_upstream.Address, _tokens, ("Limits:Silence", "00:00:02"));
        using var silent = gateway.Nodes.ImportNodes(gateway.Caller("silent"));
        using var busy = gateway.Nodes.ImportNodes(gateway.Caller("busy"));
        await silent.RequestStream.WriteAsync(new ImportNodesRequest());

        var ended = Refusal.OfAsync(() => silent.ResponseAsync);
        var sent = 0;
        for (; !ended.IsCompleted && sent < 300; sent++)
        {
            await busy.RequestStream.WriteAsync(new ImportNodesRequest());
            await Task.WhenAny(ended, Task.Delay(TimeSpan.FromMilliseconds(200)));
        }

        ended.IsCompleted.ShouldBeTrue("a minute is enough");
        var refusal = await ended;
        (refusal.Code, refusal.Reason, refusal.Metadata["seconds"]).ShouldBe((StatusCode.Unavailable, "REQUEST_SILENT", "2"));
        sent.ShouldBeGreaterThan(2);
        await busy.RequestStream.CompleteAsync();
        await busy;
    }

    [Fact]
    public async Task Readiness_TellsWhatTheGatewayGoesOnWithout()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var gateway = await GatewayRun.StartAsync(
            _upstream.Address, _tokens, ("ConnectionStrings:Redis", redis.Address), ("ReverseProxy:Clusters:grid:Destinations:a:Address", RoutingTests.Unused().ToString()),
            ("ReverseProxy:Clusters:grid:HealthCheck:Active:Interval", "00:00:00.100"));
        using var client = new HttpClient();
        Task<string> ReadyAsync() => client.GetStringAsync(new Uri(gateway.HttpAddress, "/readyz"));

        await Eventually.HoldsAsync(async () => await ReadyAsync() == "ready, without: grid\n", "the probes find that grid is away");
        await redis.StopAsync();
        await Eventually.HoldsAsync(async () =>
        {
            await AnsweredAsync(gateway);
            return (await ReadyAsync()).StartsWith("ready, without: redis", StringComparison.Ordinal);
        }, "Redis is found to be away");
    }

    [Fact]
    public async Task Readiness_WhenEveryCallIsRefused_IsNotGiven()
    {
        await using var gateway = await GatewayRun.StartAsync(
            _upstream.Address, _tokens, ("ConnectionStrings:Redis", $"127.0.0.1:{FreePort.Take()}"), ("Revocation:WhenUnknown", "RefuseAll"));
        using var client = new HttpClient();

        using var answer = await client.GetAsync(new Uri(gateway.HttpAddress, "/readyz"));

        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await answer.Content.ReadAsStringAsync()).ShouldBe("not ready: revocations\n");
    }

    [Theory]
    [InlineData("ReverseProxy:Routes:grid:Match:Path", "/jiceng.tax.v1.{service}/{method}", "ReverseProxy:Routes:grid:Match:Path begins with '/jiceng.tax.v1.'")]
    [InlineData("ReverseProxy:Routes:grid:Match:Path", "/jiceng.grid.v1.NodeService/{method}", "ReverseProxy:Routes has no route to jiceng.grid.v1.CaseService")]
    [InlineData("Limits:ResponseBytes", "0", "Limits:ResponseBytes")]
    [InlineData("Limits:CircuitFailures", "0", "Limits:CircuitFailures")]
    [InlineData("Limits:CircuitPause", "00:00:00", "Limits:CircuitPause")]
    public async Task Start_WithARouteToNowhereOrAWrongLimit_IsRefused(string option, string value, string told)
    {
        var e = await Should.ThrowAsync<OptionsValidationException>(() => GatewayRun.StartAsync(_upstream.Address, _tokens, (option, value)));
        e.Failures.ShouldContain(failure => failure.StartsWith(told, StringComparison.Ordinal));
    }

    private static void IsTooLong(HttpResponseMessage answer)
    {
        answer.Headers.GetValues("grpc-status").ShouldHaveSingleItem().ShouldBe("14");
        Uri.UnescapeDataString(answer.Headers.GetValues("grpc-message").Single()).ShouldStartWith("The call exceeded its deadline of 1 s");
    }

    private static async Task<bool> AnsweredAsync(GatewayRun gateway)
    {
        try
        {
            await gateway.Nodes.GetNodeAsync(new GetNodeRequest(), gateway.Caller());
            return true;
        }
        catch (RpcException)
        {
            return false;
        }
    }

    private async Task<HttpResponseMessage> PostAsync(GatewayRun gateway, string path, HttpContent body)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway.GrpcAddress, path))
        {
            Version = new Version(2, 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = body,
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _tokens.Issue("tester"));
        request.Headers.TE.ParseAdd("trailers");
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>A body of which the first bytes come and then nothing more.</summary>
    private sealed class StalledContent(byte[] first) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.WriteAsync(first, cancellationToken);
            await stream.FlushAsync(cancellationToken);
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
