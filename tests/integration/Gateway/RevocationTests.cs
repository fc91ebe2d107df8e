using Grpc.Core;
using Jiceng.Gateway;
using Jiceng.Gateway.Revocation;
using Jiceng.Grid.V1;
using Jiceng.Hosting;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Gateway;

public sealed class RevocationTests : SharedRedisTests
{
    [Fact]
    public async Task Subject_Revoked_HasItsTokensRefusedAtEveryGateway_ThoseIssuedLaterAreTaken()
    {
        await using var one = await StartAsync();
        await using var other = await StartAsync();
        var (revoked, spared) = (one.Caller("p-1"), one.Caller("p-2"));
        foreach (var gateway in (GatewayRun[])[one, other]) (await ReasonAsync(gateway, revoked)).ShouldBeNull();

        (await RevokeAsync("--subject", "p-1")).ShouldBe(ExitCode.Success);

        foreach (var gateway in (GatewayRun[])[one, other])
        {
            await Eventually.HoldsAsync(async () => await ReasonAsync(gateway, revoked) == "TOKEN_REVOKED", "the gateway has read the list");
            (await ReasonAsync(gateway, spared)).ShouldBeNull();
            await Eventually.HoldsAsync(async () => await ReasonAsync(gateway, gateway.Caller("p-1")) is null, "a token of a later second is taken");
        }
    }

    [Fact]
    public async Task Token_Revoked_IsRefused_OtherTokensOfTheSubjectAreNot()
    {
        await using var gateway = await StartAsync();
        var (lost, kept) = (GatewayRun.With(tokens.Issue("p-1", id: "t-1")), GatewayRun.With(tokens.Issue("p-1", id: "t-2")));

        (await RevokeAsync("--token", "t-1", "--lifetime", "01:00:00")).ShouldBe(ExitCode.Success);

        await Eventually.HoldsAsync(async () => await ReasonAsync(gateway, lost) == "TOKEN_REVOKED", "the gateway has read the list");
        (await ReasonAsync(gateway, kept)).ShouldBeNull();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stream_OfARevokedSubject_Ends_ThoseOfOthersGoOn(bool begun)
    {
        await using var gateway = await StartAsync();
        using var revoked = gateway.Cases.WatchCases(new WatchCasesRequest(), gateway.Caller("p-1"));
        await revoked.ResponseHeadersAsync;
        if (begun)
        {
            upstream.Seen.Watch.Writer.TryWrite("first").ShouldBeTrue();
            (await revoked.ResponseStream.MoveNext()).ShouldBeTrue();
        }

        using var spared = gateway.Cases.WatchCases(new WatchCasesRequest(), gateway.Caller("p-2"));
        await spared.ResponseHeadersAsync;
        await RevokeAsync("--subject", "p-1");

        var ended = await Should.ThrowAsync<RpcException>(async () => await revoked.ResponseStream.MoveNext().WaitAsync(TimeSpan.FromSeconds(90)));
        (ended.StatusCode, Refusal.Of(ended).Reason).ShouldBe((StatusCode.Unauthenticated, "TOKEN_REVOKED"));
        // The service may take a moment to notice that the revoked one is gone, which takes a message with it.
        var next = spared.ResponseStream.MoveNext();
        await Eventually.HoldsAsync(() => upstream.Seen.Watch.Writer.TryWrite("second") && next.IsCompleted, "the other hears more");
        (await next).ShouldBeTrue();
    }

    [Fact]
    public async Task Token_Revoked_IsRefusedForContractsThatAreNotPublic()
    {
        await using var gateway = await StartAsync(("Contracts:Public", "false"));
        using var lost = new PublishedFiles(gateway, tokens.Issue("p-1", id: "t-1"));
        // The OpenAPI document itself would hold the reason.
        (await TextAsync()).ShouldContain("sha256");

        await RevokeAsync("--token", "t-1");

        await Eventually.HoldsAsync(async () => (await TextAsync()).Contains("TOKEN_REVOKED", StringComparison.Ordinal), "the gateway has read the list");

        async Task<string> TextAsync()
        {
            using var answer = await lost.GetAsync("/contracts");
            return await answer.Content.ReadAsStringAsync();
        }
    }

    [Fact]
    public async Task RedisRestartedEmpty_TheListLivesOn_AndGatewaysThatStartLaterHaveIt()
    {
        await using var gateway = await StartAsync();
        var lost = GatewayRun.With(tokens.Issue("p-1", id: "t-1"));
        await RevokeAsync("--token", "t-1");
        await Eventually.HoldsAsync(async () => await ReasonAsync(gateway, lost) == "TOKEN_REVOKED", "the gateway has read the list");

        await redis.StopAsync();
        (await ReasonAsync(gateway, lost)).ShouldBe("TOKEN_REVOKED");
        // A restart of Redis stops nobody: the list is not old yet.
        (await WriteReasonAsync(gateway, gateway.Caller("p-2"))).ShouldBeNull();
        await redis.RestartAsync();

        await Eventually.HoldsAsync(() => gateway.Lines.All.Any(line => line.Contains("Redis lost 1 revoked tokens", StringComparison.Ordinal)), "the list is given back");
        await using var later = await StartAsync();
        (await ReasonAsync(later, lost)).ShouldBe("TOKEN_REVOKED");
    }

    [Fact]
    public async Task RedisAwayForTooLong_WritesAreRefused_ReadsAreNot_UntilItIsBack()
    {
        await using var gateway = await StartAsync(("Revocation:Trusted", "00:00:00.050"));
        await redis.StopAsync();

        await Eventually.HoldsAsync(async () => await WriteReasonAsync(gateway, gateway.Caller()) == "REVOCATIONS_UNKNOWN", "the list gets old");
        (await ReasonAsync(gateway, gateway.Caller())).ShouldBeNull();
        gateway.Lines.All.Count(line => line.StartsWith("Error Which tokens are revoked is not known", StringComparison.Ordinal)).ShouldBe(1);

        await redis.RestartAsync();
        await Eventually.HoldsAsync(async () => await WriteReasonAsync(gateway, gateway.Caller()) is null, "the list is read again");
    }

    [Theory]
    [InlineData("RefuseAll", "REVOCATIONS_UNKNOWN", "REVOCATIONS_UNKNOWN")]
    [InlineData("RefuseWrites", null, "REVOCATIONS_UNKNOWN")]
    [InlineData("Allow", null, null)]
    public async Task StartedWithoutRedis_DoesAsConfigured(string rule, string? read, string? write)
    {
        await redis.StopAsync();
        await using var gateway = await StartAsync(("Revocation:WhenUnknown", rule));

        (await ReasonAsync(gateway, gateway.Caller())).ShouldBe(read);
        (await WriteReasonAsync(gateway, gateway.Caller())).ShouldBe(write);
    }

    [Theory]
    [InlineData(ExitCode.Usage)]
    [InlineData(ExitCode.Usage, "--subject", "p-1", "--token", "t-1")]
    [InlineData(ExitCode.Usage, "--subject", "p-1", "--lifetime", "soon")]
    [InlineData(ExitCode.Usage, "--person", "p-1")]
    [InlineData(ExitCode.Usage, "--subject")]
    public async Task Revoke_WithWrongWords_SaysWhatIsRight(int exit, params string[] words) => (await RevokeAsync(words)).ShouldBe(exit);

    [Fact]
    public async Task Revoke_WithRedisAway_Fails()
    {
        await redis.StopAsync();
        (await RevokeAsync("--subject", "p-1")).ShouldBe(ExitCode.Failure);
    }

    [Theory]
    [InlineData("Revocation:Period", "00:00:00")]
    [InlineData("Revocation:Trusted", "00:00:00")]
    [InlineData("Revocation:WhenUnknown", "7")]
    public async Task Start_WithWrongOption_IsRefusedNamingIt(string option, string value)
    {
        var e = await Should.ThrowAsync<Microsoft.Extensions.Options.OptionsValidationException>(() => StartAsync((option, value)));
        e.Failures.ShouldHaveSingleItem().ShouldContain(option);
    }

    /// <summary>Runs the command as its program does.</summary>
    private Task<int> RevokeAsync(params string[] words) => ServiceHost.RunAsync(
        [
            "revoke", .. words, $"--ConnectionStrings:Redis={redis.Address}", .. tokens.Settings.Select(setting => $"--{setting.Key}={setting.Value}"),
            "--Logging:Console:LogLevel:Default=None",
        ],
        "gateway", GatewayModule.AddGateway, GatewayModule.MapGateway);

    private static Task<string?> ReasonAsync(GatewayRun gateway, Metadata caller) =>
        OfAsync(async () => await gateway.Nodes.GetNodeAsync(new GetNodeRequest(), caller));

    private static Task<string?> WriteReasonAsync(GatewayRun gateway, Metadata caller) =>
        OfAsync(async () => await gateway.Nodes.UpdateNodeAsync(new UpdateNodeRequest { Node = new Node() }, caller));

    private static async Task<string?> OfAsync(Func<Task> call)
    {
        try
        {
            await call();
            return null;
        }
        catch (RpcException e)
        {
            return Refusal.Of(e).Reason;
        }
    }
}
