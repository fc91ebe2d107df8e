using Grpc.Core;
using Jiceng.Grid.V1;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Gateway;

public sealed class TokenTests : GatewayTests
{
    [Fact]
    public async Task Call_WithValidToken_ReachesServiceWithTheToken()
    {
        var headers = gateway.Caller();

        (await gateway.Nodes.GetNodeAsync(new GetNodeRequest { Code = "140224" }, headers)).Code.ShouldBe("140224");
        upstream.Seen.Headers.GetValue("authorization").ShouldBe(headers.GetValue("authorization"));
    }

    [Fact]
    public Task Call_WithoutToken_IsUnauthenticated() => IsRefusedAsync([], "TOKEN_MISSING");

    [Fact]
    public Task Call_WithExpiredToken_IsUnauthenticated() =>
        IsRefusedAsync(GatewayRun.With(tokens.Issue("tester", lifetime: TimeSpan.FromSeconds(-31))), "TOKEN_EXPIRED");

    [Fact]
    public async Task Call_WithTokenExpiredWithinClockSkew_IsTaken() =>
        await gateway.Nodes.GetNodeAsync(new GetNodeRequest(), GatewayRun.With(tokens.Issue("tester", lifetime: TimeSpan.FromSeconds(-5))));

    [Fact]
    public async Task Call_WithTokenOfForeignKey_IsUnauthenticated()
    {
        using var foreign = new TestTokens();
        (await IsRefusedAsync(GatewayRun.With(foreign.Issue("tester")), "TOKEN_REFUSED")).Info.Metadata["problem"].ShouldContain("key");
    }

    [Fact]
    public async Task Call_WithTokenForAnotherAudience_IsUnauthenticated()
    {
        var refusal = await IsRefusedAsync(GatewayRun.With(tokens.Issue("tester", audience: "tax-office")), "TOKEN_REFUSED");
        refusal.Info.Metadata["problem"].ShouldContain("audience");
    }

    [Fact]
    public Task Call_WithTokenOfAnotherIssuer_IsUnauthenticated() =>
        IsRefusedAsync(GatewayRun.With(tokens.Issue("tester", issuer: "elsewhere")), "TOKEN_REFUSED");

    [Theory]
    [InlineData("Bearer nonsense")]
    [InlineData("Basic dXNlcjpwYXNz")]
    [InlineData("Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ0ZXN0ZXIiLCJhdWQiOiJqaWNlbmciLCJpc3MiOiJqaWNlbmciLCJleHAiOjQxMDI0NDQ4MDB9.")]
    public Task Call_WithWhatIsNoSignedToken_IsUnauthenticated(string header) => IsRefusedAsync(new Metadata { { "authorization", header } }, "TOKEN_REFUSED");

    [Fact]
    public async Task Call_Refused_TellsNothingOfTheToken()
    {
        var token = tokens.Issue("secret-subject", lifetime: TimeSpan.FromMinutes(-5));
        await IsRefusedAsync(GatewayRun.With(token), "TOKEN_EXPIRED");

        gateway.Lines.All.ShouldAllBe(line => !line.Contains(token) && !line.Contains("secret-subject"));
    }

    private async Task<Refusal> IsRefusedAsync(Metadata headers, string reason)
    {
        var refusal = await Refusal.OfAsync(gateway.Nodes.GetNodeAsync(new GetNodeRequest { Code = "140224" }, headers));
        refusal.Code.ShouldBe(StatusCode.Unauthenticated);
        refusal.Info.Domain.ShouldBe("gateway.jiceng");
        refusal.Info.Reason.ShouldBe(reason);
        refusal.Chinese.ShouldContain("登录");
        upstream.Seen.Headers.ShouldBeEmpty();
        return refusal;
    }
}
