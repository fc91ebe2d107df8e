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
    private readonly TestTokens tokens = new();
    private readonly TlsFiles tls = new();
    private readonly TlsFiles authority = new();
    private readonly X509Certificate2 root = Root("authority");
    private readonly X509Certificate2 own;
    private readonly X509Certificate2 other;
    private Upstream upstream = null!;
    private GatewayRun gateway = null!;

    public BoundTokenTests() => (own, other) = (Issued(root, 1), Issued(root, 2));

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(authority.CertificateFile, root.ExportCertificatePem());
        upstream = await Upstream.StartAsync(tokens);
        gateway = await StartAsync(("ClientCertificates:tax-office", own.GetCertHashString(HashAlgorithmName.SHA256)));
    }

    public async ValueTask DisposeAsync()
    {
        await gateway.DisposeAsync();
        await upstream.DisposeAsync();
        own.Dispose();
        other.Dispose();
        root.Dispose();
        authority.Dispose();
        tls.Dispose();
        tokens.Dispose();
    }

    [Fact]
    public async Task TokenBoundByItself_IsTakenOnlyWithItsCertificate()
    {
        var bound = tokens.Issue("system", more: new Dictionary<string, object>
        {
            ["cnf"] = new Dictionary<string, string> { ["x5t#S256"] = Base64Url.EncodeToString(own.GetCertHash(HashAlgorithmName.SHA256)) },
        });

        await HoldsOnlyWithOwnAsync(bound);
    }

    [Fact]
    public async Task TokenOfAClientWithACertificate_IsTakenOnlyWithIt() =>
        await HoldsOnlyWithOwnAsync(tokens.Issue("system", more: new Dictionary<string, object> { ["azp"] = "tax-office" }));

    [Fact]
    public async Task TokenBoundToWhatWeCannotCheck_IsRefused()
    {
        var bound = tokens.Issue("system", more: new Dictionary<string, object> { ["cnf"] = new Dictionary<string, string> { ["jkt"] = "abc" } });
        (await ReasonAsync(bound, own)).ShouldBe("TOKEN_REFUSED");
    }

    [Fact]
    public async Task OtherTokens_NeedNoCertificate()
    {
        (await ReasonAsync(tokens.Issue("p-1"), null)).ShouldBeNull();
        (await ReasonAsync(tokens.Issue("p-1"), other)).ShouldBeNull();
    }

    [Fact]
    public async Task CertificateOfAnUnknownAuthority_IsNotTaken()
    {
        using var elsewhere = Root("elsewhere");
        using var foreign = Issued(elsewhere, 3);
        await Should.ThrowAsync<RpcException>(async () => await CallAsync(tokens.Issue("p-1"), foreign));
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
        (await ReasonAsync(token, own)).ShouldBeNull();
        (await ReasonAsync(token, other)).ShouldBe("TOKEN_REFUSED");
        (await ReasonAsync(token, null)).ShouldBe("TOKEN_REFUSED");
        // Nobody shows a certificate on the port without TLS.
        var plain = await Refusal.OfAsync(gateway.Nodes.GetNodeAsync(new GetNodeRequest(), GatewayRun.With(token)));
        plain.Metadata["problem"].ShouldContain("client certificate");
    }

    private Task<GatewayRun> StartAsync(params (string, string)[] settings) => GatewayRun.StartAsync(
        upstream.Address, tokens, [.. tls.Settings, ("Tls:ClientAuthorityFile", authority.CertificateFile), .. settings]);

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
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate!.GetCertHashString(HashAlgorithmName.SHA256) == tls.Fingerprint,
                ClientCertificates = shown is null ? null : [shown],
            },
        };
        using var channel = GrpcChannel.ForAddress(gateway.TlsAddress, new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
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
