using System.Net;
using System.Security.Cryptography;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Gateway;

/// <summary>The headers for browsers: which pages may call, and the security policy.</summary>
public sealed class BrowserTests : IAsyncLifetime
{
    private const string Page = "https://county.example";
    private const string Method = "/jiceng.grid.v1.NodeService/GetNode";
    private readonly TestTokens _tokens = new();
    private readonly TlsFiles _tls = new();
    private Upstream _upstream = null!;
    private GatewayRun _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _upstream = await Upstream.StartAsync(_tokens);
        _gateway = await GatewayRun.StartAsync(
            _upstream.Address, _tokens, [.. _tls.Settings, ("Cors:Origins:0", Page)]);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
        _tls.Dispose();
        _tokens.Dispose();
    }

    [Fact]
    public async Task Preflight_OfAnAllowedPage_IsAnswered_ThatOfAnotherIsNotAllowed()
    {
        using var allowed = await PreflightAsync(Page);
        using var other = await PreflightAsync("https://elsewhere.example");

        allowed.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        Header(allowed, "Access-Control-Allow-Origin").ShouldBe(Page);
        Header(allowed, "Access-Control-Allow-Methods").ShouldContain("POST");
        Header(allowed, "Access-Control-Allow-Headers").ShouldContain("authorization");
        other.Headers.Contains("Access-Control-Allow-Origin").ShouldBeFalse();
    }

    [Fact]
    public async Task Answer_ToAnAllowedPage_LetsItReadHowTheCallEnded()
    {
        using var answer = await SendAsync(HttpMethod.Post, Method, _gateway.TlsAddress, ("Origin", Page));

        Header(answer, "Access-Control-Allow-Origin").ShouldBe(Page);
        Header(answer, "Access-Control-Allow-Credentials").ShouldBe("");
        foreach (var field in (string[])["grpc-status", "grpc-message", "grpc-status-details-bin", "RateLimit", "Retry-After"])
            Header(answer, "Access-Control-Expose-Headers").Split(',').ShouldContain(field);
    }

    [Theory]
    [InlineData("/livez")]
    [InlineData("/nothing")]
    [InlineData(Method)]
    public async Task Answer_OverTls_TellsBrowsersToBeCareful(string path)
    {
        using var answer = await SendAsync(HttpMethod.Get, path, _gateway.TlsAddress);

        Header(answer, "X-Content-Type-Options").ShouldBe("nosniff");
        Header(answer, "Referrer-Policy").ShouldBe("no-referrer");
        Header(answer, "Content-Security-Policy").ShouldContain("frame-ancestors 'none'");
        Header(answer, "Strict-Transport-Security").ShouldStartWith("max-age=31536000");
        answer.Headers.Contains("Server").ShouldBeFalse();
    }

    [Fact]
    public async Task Answer_WithoutTls_DoesNotAskForIt()
    {
        using var answer = await SendAsync(HttpMethod.Get, "/livez", _gateway.HttpAddress);

        answer.Headers.Contains("Strict-Transport-Security").ShouldBeFalse();
        Header(answer, "X-Content-Type-Options").ShouldBe("nosniff");
    }

    [Theory]
    [InlineData("*")]
    [InlineData("county.example")]
    [InlineData("https://county.example/")]
    [InlineData("https://county.example/pages")]
    [InlineData("ftp://county.example")]
    public async Task Start_WithWhatIsNoOrigin_IsRefused(string origin)
    {
        var e = await Should.ThrowAsync<Microsoft.Extensions.Options.OptionsValidationException>(() =>
            GatewayRun.StartAsync(_upstream.Address, _tokens, ("Cors:Origins:0", origin)));
        e.Failures.ShouldHaveSingleItem().ShouldContain($"Cors:Origins has '{origin}'");
    }

    private Task<HttpResponseMessage> PreflightAsync(string origin) => SendAsync(
        HttpMethod.Options, Method, _gateway.TlsAddress, ("Origin", origin), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization"));

    private async Task<HttpResponseMessage> SendAsync(HttpMethod verb, string path, Uri address, params (string Name, string Value)[] headers)
    {
        using var client = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate!.GetCertHashString(HashAlgorithmName.SHA256) == _tls.Fingerprint },
        });
        using var request = new HttpRequestMessage(verb, new Uri(address, path));
        foreach (var (name, value) in headers) request.Headers.Add(name, value);
        return await client.SendAsync(request);
    }

    private static string Header(HttpResponseMessage answer, string name) => answer.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : "";
}
