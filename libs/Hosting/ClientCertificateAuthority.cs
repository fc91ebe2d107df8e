using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Configuration;

namespace Jiceng.Hosting;

/// <summary>
/// Whose client certificates the TLS port takes: those issued under the certificates in the PEM file <c>Tls:ClientAuthorityFile</c>. Without
/// it none is asked for. A connection may come without one; what needs one says so.
/// </summary>
internal sealed class ClientCertificateAuthority
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private readonly X509Certificate2Collection _roots = [];

    private ClientCertificateAuthority(string file) => _roots.ImportFromPemFile(file);

    /// <summary>Makes the TLS port ask for client certificates, if it is configured to; else what is wrong with the configuration.</summary>
    public static string? Apply(IConfiguration configuration, HttpsConnectionAdapterOptions options)
    {
        if (configuration["Tls:ClientAuthorityFile"] is not { Length: > 0 } file) return null;
        try
        {
            var authority = new ClientCertificateAuthority(file);
            if (authority._roots.Count == 0) return $"Tls:ClientAuthorityFile '{file}' holds no certificate";
            options.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
            options.ClientCertificateValidation = (certificate, _, _) => authority.Issued(certificate);
            return null;
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            return $"Tls:ClientAuthorityFile '{file}' cannot be read: {e.Message}";
        }
    }

    private bool Issued(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_roots);
        // The county's authorities publish no lists that could be asked; a certificate is withdrawn in the gateway's settings.
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        return chain.Build(certificate);
    }
}
