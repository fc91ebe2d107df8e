using System.Diagnostics;
using Grpc.Core;
using Jiceng.Grid.V1;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Gateway;

public sealed class StreamTests : GatewayTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task ServerStream_Messages_ArriveWhenTheyAreSent()
    {
        using var watch = gateway.Cases.WatchCases(new WatchCasesRequest(), gateway.Caller());
        foreach (var id in (string[])["first", "second", "third"])
        {
            // The service sends the next message only after the one before was read here.
            upstream.Seen.Watch.Writer.TryWrite(id).ShouldBeTrue();
            (await watch.ResponseStream.MoveNext().WaitAsync(Patience)).ShouldBeTrue();
            watch.ResponseStream.Current.Case.CaseId.ShouldBe(id);
        }

        upstream.Seen.Watch.Writer.Complete();
        (await watch.ResponseStream.MoveNext().WaitAsync(Patience)).ShouldBeFalse();
        watch.GetStatus().StatusCode.ShouldBe(StatusCode.OK);
    }

    [Fact]
    public async Task ServerStream_Headers_ArriveBeforeTheFirstMessage()
    {
        using var watch = gateway.Cases.WatchCases(new WatchCasesRequest(), gateway.Caller());

        await watch.ResponseHeadersAsync.WaitAsync(Patience);
    }

    [Fact]
    public async Task ServerStream_CancelledByTheClient_EndsAtTheService()
    {
        using (var watch = gateway.Cases.WatchCases(new WatchCasesRequest(), gateway.Caller()))
            await watch.ResponseHeadersAsync.WaitAsync(Patience);

        // The access line is written when the call has ended at the gateway.
        var started = Stopwatch.GetTimestamp();
        while (!gateway.Lines.All.Any(line => line.Contains("WatchCases by tester: cancelled")) && Stopwatch.GetElapsedTime(started) < Patience)
            await Task.Delay(20);
        gateway.Lines.All.ShouldContain(line => line.Contains("WatchCases by tester: cancelled"));
    }

    [Fact]
    public async Task Call_WithTraceParent_ContinuesTheTraceAtTheService()
    {
        const string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        // Not a header: where another test of this process traces its clients, they replace it.
        using (new Activity("caller").SetParentId($"00-{trace}-00f067aa0ba902b7-01").Start())
            await gateway.Nodes.GetNodeAsync(new GetNodeRequest(), gateway.Caller());

        upstream.Seen.TraceId.ShouldBe(trace);
        var received = ActivityContext.Parse(upstream.Seen.Headers.GetValue("traceparent")!, null);
        received.TraceId.ToHexString().ShouldBe(trace);
        received.SpanId.ToHexString().ShouldNotBe("00f067aa0ba902b7");
    }

    [Fact]
    public async Task Call_Answered_LeavesOneLineWithoutWhatWasInIt()
    {
        await gateway.Nodes.GetNodeAsync(new GetNodeRequest { Code = "13800138000" }, gateway.Caller("p-1"));

        gateway.Lines.All.Count(line => line.StartsWith("Information jiceng.grid.v1.NodeService/GetNode by p-1: grpc 0 in ", StringComparison.Ordinal)).ShouldBe(1);
        gateway.Lines.All.ShouldContain(line => line.Contains(" ms, scope 140224, client -, grpc over HTTP/2", StringComparison.Ordinal));
        gateway.Lines.All.ShouldAllBe(line => !line.Contains("13800138000"));
    }
}
