using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Jiceng.TestSupport;

/// <summary>A self-signed certificate for localhost and 127.0.0.1 as PEM files in a temporary folder.</summary>
public sealed class TlsFiles : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("jiceng-tls-");

    public TlsFiles() => Renew();

    public string CertificateFile => Path.Combine(_folder.FullName, "tls.crt");

    public string KeyFile => Path.Combine(_folder.FullName, "tls.key");

    /// <summary>The settings of a gateway that serves this certificate on a free port.</summary>
    public (string Key, string Value)[] Settings =>
        [("Endpoints:Tls", "https://127.0.0.1:0"), ("Tls:CertificateFile", CertificateFile), ("Tls:KeyFile", KeyFile)];

    /// <summary>SHA-256 of the current certificate.</summary>
    public string Fingerprint { get; private set; } = "";

    /// <summary>Overwrites the files with a new certificate and key.</summary>
    public void Renew()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(KeyFile, key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(CertificateFile, certificate.ExportCertificatePem());
        Fingerprint = certificate.GetCertHashString(HashAlgorithmName.SHA256);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
