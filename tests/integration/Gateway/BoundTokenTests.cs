using System.Buffers.Text;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using Jiceng.Grid.V1;
using Jiceng.TestSupport;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Gateway;

/// <summary>Systems that show a client certificate: their tokens are good with it and without it are not.</summary>
public sealed class BoundTokenTests : IAsyncLifetime
{
    private readonly TestTokens _tokens = new();
    private readonly TlsFiles _tls = new();
    private readonly TlsFiles _authority = new();
    private readonly X509Certificate2 _root = Root("authority");
    private readonly X509Certificate2 _own;
    private readonly X509Certificate2 _other;
    private Upstream _upstream = null!;
    private GatewayRun _gateway = null!;

    public BoundTokenTests() => (_own, _other) = (Issued(_root, 1), Issued(_root, 2));

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(_authority.CertificateFile, _root.ExportCertificatePem());
        _upstream = await Upstream.StartAsync(_tokens);
        _gateway = await StartAsync(("ClientCertificates:tax-office", _own.GetCertHashString(HashAlgorithmName.SHA256)));
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
        _own.Dispose();
        _other.Dispose();
        _root.Dispose();
        _authority.Dispose();
        _tls.Dispose();
        _tokens.Dispose();
    }

    [Fact]
    public async Task TokenBoundByItself_IsTakenOnlyWithItsCertificate()
    {
        var bound = _tokens.Issue("system", more: new Dictionary<string, object>
        {
            ["cnf"] = new Dictionary<string, string> { ["x5t#S256"] = Base64Url.EncodeToString(_own.GetCertHash(HashAlgorithmName.SHA256)) },
        });

        await HoldsOnlyWithOwnAsync(bound);
    }

    [Fact]
    public async Task TokenOfAClientWithACertificate_IsTakenOnlyWithIt() =>
        await HoldsOnlyWithOwnAsync(_tokens.Issue("system", more: new Dictionary<string, object> { ["azp"] = "tax-office" }));

    [Fact]
    public async Task TokenBoundToWhatWeCannotCheck_IsRefused()
    {
        var bound = _tokens.Issue("system", more: new Dictionary<string, object> { ["cnf"] = new Dictionary<string, string> { ["jkt"] = "abc" } });
        (await ReasonAsync(bound, _own)).ShouldBe("TOKEN_REFUSED");
    }

    [Fact]
    public async Task OtherTokens_NeedNoCertificate()
    {
        (await ReasonAsync(_tokens.Issue("p-1"), null)).ShouldBeNull();
        (await ReasonAsync(_tokens.Issue("p-1"), _other)).ShouldBeNull();
    }

    [Fact]
    public async Task CertificateOfAnUnknownAuthority_IsNotTaken()
    {
        using var elsewhere = Root("elsewhere");
        using var foreign = Issued(elsewhere, 3);
        await Should.ThrowAsync<RpcException>(async () => await CallAsync(_tokens.Issue("p-1"), foreign));
    }

    [Theory]
    [InlineData("Tls:ClientAuthorityFile", "/nowhere/ca.pem")]
    [InlineData("ClientCertificates:tax-office", "abc")]
    public async Task Start_WithWrongOption_IsRefusedNamingIt(string option, string value)
    {
        var e = await Should.ThrowAsync<Microsoft.Extensions.Options.OptionsValidationException>(() => StartAsync((option, value)));
        e.Failures.ShouldHaveSingleItem().ShouldContain(option);
    }

    private async Task HoldsOnlyWithOwnAsync(string token)
    {
        (await ReasonAsync(token, _own)).ShouldBeNull();
        (await ReasonAsync(token, _other)).ShouldBe("TOKEN_REFUSED");
        (await ReasonAsync(token, null)).ShouldBe("TOKEN_REFUSED");
        // Nobody shows a certificate on the port without TLS.
        var plain = await Refusal.OfAsync(_gateway.Nodes.GetNodeAsync(new GetNodeRequest(), GatewayRun.With(token)));
        plain.Metadata["problem"].ShouldContain("client certificate");
    }

    private Task<GatewayRun> StartAsync(params (string, string)[] settings) => GatewayRun.StartAsync(
        _upstream.Address, _tokens, [.. _tls.Settings, ("Tls:ClientAuthorityFile", _authority.CertificateFile), .. settings]);

    private async Task<string?> ReasonAsync(string token, X509Certificate2? shown)
    {
        try
        {
            await CallAsync(token, shown);
            return null;
        }
        catch (RpcException e)
        {
            return Refusal.Of(e).Reason;
        }
    }

    private async Task CallAsync(string token, X509Certificate2? shown)
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate!.GetCertHashString(HashAlgorithmName.SHA256) == _tls.Fingerprint,
                ClientCertificates = shown is null ? null : [shown],
            },
        };
        using var channel = GrpcChannel.ForAddress(_gateway.TlsAddress, new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
        await new NodeService.NodeServiceClient(channel).GetNodeAsync(new GetNodeRequest(), GatewayRun.With(token));
    }

    /// <summary>An authority of systems, and certificates issued by it.</summary>
    private static X509Certificate2 Root(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(2));
    }

    private static X509Certificate2 Issued(X509Certificate2 root, byte number)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=system {number}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], false));
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.Create(root, now.AddDays(-1), now.AddDays(1), [number]);
        return certificate.CopyWithPrivateKey(key);
    }
}
