using System.Diagnostics;
using System.Text.Json;
using Jiceng.EndToEndTests.Runner;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;

namespace Jiceng.EndToEndTests.Suite;

/// <summary>The gateway from the view of an independent client: buf curl, with each protocol.</summary>
[Collection(SuiteGroup.Name)]
public sealed class BufCurlTests(SuiteFixture suite)
{
    [Fact]
    public async Task GetNode_WithProtos_SucceedsOverPlainHttp2()
    {
        var answer = await CurlAsync("jiceng.grid.v1.NodeService/GetNode", $$"""{"code":"{{SuiteFixture.Village}}"}""", Token(), tls: false, reflection: false);
        answer.ExitCode.ShouldBe(0, answer.Output);
        var node = JsonDocument.Parse(answer.Output).RootElement;
        node.GetProperty("name").GetString().ShouldBe("赵北村");
        node.GetProperty("headPersonId").GetString().ShouldBe(suite.SecretaryId);
    }

    [Fact]
    public async Task GetNode_ByReflection_SucceedsOverTls()
    {
        var answer = await CurlAsync("jiceng.grid.v1.NodeService/GetNode", $$"""{"code":"{{SuiteFixture.Village}}"}""", Token(), tls: true, reflection: true);
        answer.ExitCode.ShouldBe(0, answer.Output);
        answer.Output.ShouldContain("赵北村");
    }

    [Theory]
    [InlineData("connect", false)]
    [InlineData("connect", true)]
    [InlineData("grpcweb", false)]
    [InlineData("grpcweb", true)]
    public async Task GetNode_ByOtherProtocol_ReturnsTheSame(string protocol, bool tls)
    {
        var answer = await CurlAsync(
            "jiceng.grid.v1.NodeService/GetNode", $$"""{"code":"{{SuiteFixture.Village}}"}""", Token(), tls, reflection: true, protocol);
        answer.ExitCode.ShouldBe(0, answer.Output);
        JsonDocument.Parse(answer.Output).RootElement.GetProperty("headPersonId").GetString().ShouldBe(suite.SecretaryId);
    }

    [Theory]
    [InlineData("grpc")]
    [InlineData("connect")]
    [InlineData("grpcweb")]
    public async Task GetNode_OutsideScope_IsDeniedWithReason(string protocol)
    {
        var answer = await CurlAsync("jiceng.grid.v1.NodeService/GetNode", """{"code":"140225"}""", Token(), tls: false, reflection: false, protocol);
        answer.ExitCode.ShouldNotBe(0);
        var error = JsonDocument.Parse(answer.Output).RootElement;
        error.GetProperty("code").GetString().ShouldBe("permission_denied");
        var info = error.GetProperty("details").EnumerateArray().Single(detail => detail.GetProperty("type").GetString() == "google.rpc.ErrorInfo");
        var value = info.GetProperty("value").GetString()!;
        Google.Rpc.ErrorInfo.Parser.ParseFrom(Convert.FromBase64String(value.PadRight((value.Length + 3) / 4 * 4, '='))).Reason.ShouldBe("OUT_OF_SCOPE");
    }

    [Fact]
    public async Task GetNode_ForeignToken_IsUnauthenticated()
    {
        var answer = await CurlAsync("jiceng.grid.v1.NodeService/GetNode", """{"code":"140224"}""", "eyJhbGciOiJub25lIn0.e30.", tls: false, reflection: false);
        answer.ExitCode.ShouldNotBe(0);
        answer.Output.ShouldContain("unauthenticated");
    }

    [Fact]
    public async Task Token_RevokedByCommand_IsRejected()
    {
        var subject = SuiteFixture.NewId();
        var token = suite.Installation.Token(new Cli.Running.TokenHolder(subject, "测试", ["county_organizer"], ["140224"]), TimeSpan.FromMinutes(10));
        Task<Outcome> GetAsync() => CurlAsync("jiceng.grid.v1.NodeService/GetNode", """{"code":"140224"}""", token, tls: false, reflection: false);
        (await GetAsync()).ShouldSatisfyAllConditions(r => r.ExitCode.ShouldBe(0, r.Output));

        var revocation = await suite.Jiceng.RunAsync("revoke", "--subject", subject);

        revocation.ExitCode.ShouldBe(0, revocation.Output);
        revocation.Output.ShouldContain($"revoked: every token of the subject {subject}");
        await Eventually.HoldsAsync(async () => (await GetAsync()).Output.Contains("was revoked", StringComparison.Ordinal), "the gateway has read the list");
    }

    private string Token() => suite.Installation.Token(new Cli.Running.TokenHolder(SuiteFixture.NewId(), "测试", ["county_organizer"], ["140224"]), TimeSpan.FromMinutes(10));

    private async Task<Outcome> CurlAsync(string method, string data, string token, bool tls, bool reflection, string protocol = "grpc")
    {
        var buf = Environment.GetEnvironmentVariable("JICENG_BUF") ?? "buf";
        var address = tls ? suite.Installation.GatewayTlsAddress : suite.Installation.GatewayAddress;
        List<string> arguments =
        [
            "curl", "--protocol", protocol, "-d", data, "-H", $"authorization: Bearer {token}",
            .. tls ? (string[])["--cacert", suite.Installation.Secrets.CertificateFile] : ["--http2-prior-knowledge"],
            .. reflection ? (string[])[] : ["--schema", Path.Combine(suite.Jiceng.Workspace.Root, "protos")],
            $"{address}/{method}",
        ];
        var start = new ProcessStartInfo(buf) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = suite.Jiceng.Workspace.Root };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var output = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return new Outcome(process.ExitCode, string.Concat(output));
    }
}
