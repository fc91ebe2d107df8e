using Grpc.Core;
using Jiceng.Grid.V1;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Gateway;

/// <summary>What replicas of the gateway count together, and what each does while Redis is away.</summary>
public sealed class SharedLimitTests : SharedRedisTests
{
    [Fact]
    public async Task TwoGateways_OneCaller_GrantTheBurstOnce()
    {
        // Fills so slowly that the time of the test does not matter.
        await using var one = await StartAsync(("Limits:Read:CallsPerSecond", "1"), ("Limits:Read:CallBurst", "60"));
        await using var other = await StartAsync(("Limits:Read:CallsPerSecond", "1"), ("Limits:Read:CallBurst", "60"));
        var started = TimeProvider.System.GetTimestamp();

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => CallAsync(i % 2 == 0 ? one : other, "busy")));

        var granted = answers.Count(refusal => refusal is null);
        granted.ShouldBeInRange(60, 61 + (int)TimeProvider.System.GetElapsedTime(started).TotalSeconds);
        answers.ShouldAllBe(refusal => refusal == null || (refusal.Reason == "TOO_MANY_CALLS" && refusal.RetryAfter > TimeSpan.Zero));
        // The bucket of another caller, and of another class, is full.
        (await CallAsync(one, "other")).ShouldBeNull();
        await one.Nodes.UpdateNodeAsync(new UpdateNodeRequest { Node = new Node() }, one.Caller("busy"));
    }

    [Fact]
    public async Task RedisGone_TheGatewayCountsAlone_NeverOpen_AndIsToldOnce()
    {
        await using var gateway = await StartAsync(("Limits:Read:CallsPerSecond", "1"), ("Limits:Read:CallBurst", "20"));
        for (var i = 0; i < 10; i++) (await CallAsync(gateway, "busy")).ShouldBeNull();

        await redis.StopAsync();
        var alone = 0;
        for (; alone < 60 && await CallAsync(gateway, "busy") is null; alone++) { }

        // What was left, and what came since.
        alone.ShouldBeInRange(5, 40);
        gateway.Lines.All.Count(line => line.StartsWith("Warning Redis is away", StringComparison.Ordinal)).ShouldBe(1);

        await redis.RestartAsync();
        await Eventually.HoldsAsync(async () =>
        {
            await CallAsync(gateway, "other");
            return gateway.Lines.All.Any(line => line.Contains("Redis is back", StringComparison.Ordinal));
        }, "the gateway finds Redis again");

        // Redis forgot the bucket, but not the gateway: there is no second burst.
        var started = TimeProvider.System.GetTimestamp();
        var granted = 0;
        for (var i = 0; i < 40; i++)
            if (await CallAsync(gateway, "busy") is null) granted++;
        granted.ShouldBeLessThanOrEqualTo(15 + (int)TimeProvider.System.GetElapsedTime(started).TotalSeconds);
    }

    [Fact]
    public async Task Answers_TellTheRate_AndARefusalWhenToComeAgain()
    {
        await using var gateway = await StartAsync(("Limits:Read:CallsPerSecond", "1"), ("Limits:Read:CallBurst", "2"));
        using var call = gateway.Nodes.GetNodeAsync(new GetNodeRequest(), gateway.Caller("busy"));
        await call;

        var headers = await call.ResponseHeadersAsync;
        headers.GetValue("ratelimit-policy").ShouldBe("\"read\";q=2;w=2");
        headers.GetValue("ratelimit").ShouldStartWith("\"read\";r=1;t=1");

        Refusal? refusal = null;
        for (var i = 0; i < 10 && refusal is null; i++) refusal = await CallAsync(gateway, "busy");
        refusal!.Code.ShouldBe(StatusCode.ResourceExhausted);
        refusal.Metadata["class"].ShouldBe("read");
        refusal.RetryAfter.ShouldNotBeNull().ShouldBeInRange(TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Caller_WithAsManyCallsOrStreamsAsOneMayHave_IsRefused_OthersAreNot()
    {
        await using var gateway = await StartAsync(("Limits:CallerCallsAtOnce", "1"), ("Limits:CallerStreams", "1"));
        var held = gateway.Nodes.GetNodeAsync(new GetNodeRequest { Code = Seen.Hold }, gateway.Caller("busy")).ResponseAsync;
        await upstream.Seen.Held.Task;
        using (var watch = gateway.Cases.WatchCases(new WatchCasesRequest(), gateway.Caller("busy")))
        {
            await watch.ResponseHeadersAsync;

            var call = (await CallAsync(gateway, "busy")).ShouldNotBeNull();
            using var second = gateway.Cases.WatchCases(new WatchCasesRequest(), gateway.Caller("busy"));
            var stream = await Refusal.OfAsync(() => second.ResponseStream.MoveNext());

            (call.Reason, call.Metadata["calls"], call.RetryAfter).ShouldBe(("TOO_MANY_AT_ONCE", "1", TimeSpan.FromSeconds(1)));
            (stream.Reason, stream.Metadata["streams"], stream.Code).ShouldBe(("TOO_MANY_STREAMS", "1", StatusCode.ResourceExhausted));
            (await CallAsync(gateway, "other")).ShouldBeNull();
        }

        upstream.Seen.Release.SetResult();
        await held;
        await Eventually.HoldsAsync(async () => await CallAsync(gateway, "busy") is null, "the place of the call is free");
    }

    [Theory]
    [InlineData("Limits:CallerCallsAtOnce", "0")]
    [InlineData("Limits:CallerStreams", "0")]
    [InlineData("Limits:Import:CallsPerSecond", "0")]
    [InlineData("Limits:Stream:CallBurst", "9")]
    public async Task Start_WithWrongLimit_IsRefusedNamingIt(string option, string value)
    {
        var e = await Should.ThrowAsync<Microsoft.Extensions.Options.OptionsValidationException>(() => StartAsync((option, value)));
        e.Failures.ShouldHaveSingleItem().ShouldContain(option);
    }

    private static async Task<Refusal?> CallAsync(GatewayRun gateway, string caller)
    {
        try
        {
            await gateway.Nodes.GetNodeAsync(new GetNodeRequest(), gateway.Caller(caller));
            return null;
        }
        catch (RpcException e)
        {
            return Refusal.Of(e);
        }
    }
}
