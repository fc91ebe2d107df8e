using System.IO.Pipelines;
using System.Net.Http.Headers;
using Grpc.Core;
using Jiceng.Gateway;
using Jiceng.Gateway.Limits;
using Jiceng.Gateway.Routing;
using Jiceng.Grid.V1;
using Jiceng.TestSupport;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Shouldly;
using Xunit;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Jiceng.IntegrationTests.Gateway;

public sealed class LimitTests : GatewayTests
{
    [Fact]
    public async Task Request_OfThreeMegabytes_Passes()
    {
        var answer = await gateway.Nodes.UpdateNodeAsync(Named(3_000_000), gateway.Caller());
        answer.Code.ShouldBe("3000000");
    }

    [Fact]
    public async Task Request_WithFieldOfFiveMegabytes_IsRefusedWithTheLimit()
    {
        var refusal = await Refusal.OfAsync(gateway.Nodes.UpdateNodeAsync(Named(5_000_000), gateway.Caller()));
        refusal.Code.ShouldBe(StatusCode.ResourceExhausted);
        refusal.Info.Reason.ShouldBe("REQUEST_TOO_LARGE");
        refusal.Info.Metadata["limit"].ShouldBe("4194304");
        refusal.RetryAfter.ShouldBeNull();
    }

    [Fact]
    public async Task Request_WhoseFirstBytesLieAboutItsLength_IsCountedAndRefused()
    {
        var body = new byte[6_000_000];
        body[4] = 10;
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway.GrpcAddress, "/jiceng.cadre.v1.PersonService/GetPerson"))
        {
            Version = new Version(2, 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            // Of unknown length: only counting helps.
            Content = new StreamContent(new Unseekable(body)),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tokens.Issue("tester"));
        request.Headers.TE.ParseAdd("trailers");

        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await response.Content.ReadAsByteArrayAsync();
        var status = response.Headers.TryGetValues("grpc-status", out var values) ? values : response.TrailingHeaders.GetValues("grpc-status");
        status.ShouldHaveSingleItem().ShouldBe("8");
        upstream.Seen.BodyBytes.ShouldBeLessThan(4_300_000);
    }

    [Fact]
    public async Task Caller_WhoVanishesBeforeTheMessage_IsNoFailureOfTheGateway()
    {
        // The server fails the body of a connection that broke, and cancels the call a moment later: in that moment the gateway reads.
        var body = new Pipe();
        await body.Writer.CompleteAsync(new IOException("The request stream was aborted."));
        var context = new DefaultHttpContext { Request = { Path = "/jiceng.grid.v1.NodeService/GetNode" } };
        var call = new Call(body.Reader);
        context.Features.Set<IRequestBodyPipeFeature>(call);
        context.Features.Set<IHttpMaxRequestBodySizeFeature>(call);
        context.Features.Set<IHttpRequestLifetimeFeature>(call);
        context.Features.Set(new ContractMethods().Find("jiceng.grid.v1.NodeService/GetNode"));
        var passedOn = false;
        RequestDelegate next = _ =>
        {
            passedOn = true;
            return Task.CompletedTask;
        };

        await new RequestSizeMiddleware(next).InvokeAsync(context, new GatewayLimits { RequestBytes = 1000 });

        passedOn.ShouldBeFalse();
        call.Aborted.ShouldBeTrue();
    }

    [Fact]
    public async Task RequestStream_OfTenMegabytes_Passes()
    {
        using var import = gateway.Nodes.ImportNodes(gateway.Caller());
        for (var i = 0; i < 10; i++)
        {
            var rows = new NodeRows();
            rows.Rows.Add(new NodeRow { Code = "140224", Name = new string('x', 1_000_000) });
            await import.RequestStream.WriteAsync(new ImportNodesRequest { Rows = rows });
        }

        await import.RequestStream.CompleteAsync();
        (await import).CreatedCount.ShouldBe(10);
    }

    [Fact]
    public async Task Calls_MoreThanTheBurst_AreRefusedWithRetryInfo_PerCaller()
    {
        await using var strict = await GatewayRun.StartAsync(upstream.Address, tokens, ("Limits:CallsPerSecond", "1"), ("Limits:CallBurst", "3"));
        var refused = new List<Refusal>();
        for (var i = 0; i < 10; i++)
        {
            try
            {
                await strict.Nodes.GetNodeAsync(new GetNodeRequest(), strict.Caller("busy"));
            }
            catch (RpcException e)
            {
                refused.Add(Refusal.Of(e));
            }
        }

        refused.Count.ShouldBeInRange(3, 7);
        refused.ShouldAllBe(refusal => refusal.Code == StatusCode.ResourceExhausted && refusal.Info.Reason == "TOO_MANY_CALLS");
        refused.ShouldAllBe(refusal => refusal.RetryAfter > TimeSpan.Zero && refusal.Info.Metadata["calls_per_second"] == "1");
        await strict.Nodes.GetNodeAsync(new GetNodeRequest(), strict.Caller("other"));
    }

    [Fact]
    public async Task Calls_MoreAtOnceThanArePassedOn_AreRefusedWithRetryInfo_StreamsAreNotCounted()
    {
        await using var strict = await GatewayRun.StartAsync(upstream.Address, tokens, ("Limits:CallsAtOnce", "1"));
        using var watch = strict.Cases.WatchCases(new WatchCasesRequest(), strict.Caller("watcher"));
        await watch.ResponseHeadersAsync;
        var held = strict.Nodes.GetNodeAsync(new GetNodeRequest { Code = Seen.Hold }, strict.Caller("slow")).ResponseAsync;
        await upstream.Seen.Held.Task;

        var refusal = await Refusal.OfAsync(strict.Nodes.GetNodeAsync(new GetNodeRequest(), strict.Caller("other")));
        upstream.Seen.Release.SetResult();
        await held;

        (refusal.Code, refusal.Info.Reason, refusal.Info.Metadata["calls_at_once"]).ShouldBe((StatusCode.ResourceExhausted, "OVERLOADED", "1"));
        refusal.RetryAfter.ShouldBe(TimeSpan.FromSeconds(1));
        await Eventually.HoldsAsync(() => strict.Lines.All.Any(line => line.StartsWith("Warning Calls refused within a second because there were too many (OVERLOADED): 1 ", StringComparison.Ordinal)),
            "rejections are logged with their count");
        strict.Lines.All.ShouldNotContain(line => line.Contains("GetNode by other"));
        await Eventually.HoldsAsync(async () =>
        {
            try
            {
                await strict.Nodes.GetNodeAsync(new GetNodeRequest(), strict.Caller("other"));
                return true;
            }
            catch (RpcException)
            {
                return false;
            }
        }, "the place of the call that was answered is free");
    }

    private static UpdateNodeRequest Named(int length) => new() { Node = new Node { Name = new string('x', length) } };

    private sealed class Unseekable(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }

    private sealed class Call(PipeReader reader) : IRequestBodyPipeFeature, IHttpMaxRequestBodySizeFeature, IHttpRequestLifetimeFeature
    {
        public bool Aborted { get; private set; }

        public PipeReader Reader => reader;

        public bool IsReadOnly => false;

        public long? MaxRequestBodySize { get; set; }

        public CancellationToken RequestAborted { get; set; }

        public void Abort() => Aborted = true;
    }
}
