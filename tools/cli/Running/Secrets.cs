using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace Jiceng.Cli.Running;

/// <summary>All secrets of a local installation, created at its first start; only the owner can read the files.</summary>
internal sealed class Secrets
{
    private readonly Workspace _workspace;
    private readonly Dictionary<string, string> _values;

    private Secrets(Workspace workspace, Dictionary<string, string> values)
    {
        _workspace = workspace;
        _values = values;
    }

    public string TokenKeyFile => Path.Combine(_workspace.Keys, "token-signing.pem");

    public string TokenPublicKeyFile => Path.Combine(_workspace.Keys, "token-signing.public.pem");

    public string CertificateFile => Path.Combine(_workspace.Keys, "gateway.crt");

    public string CertificateKeyFile => Path.Combine(_workspace.Keys, "gateway.key");

    public string PostgresAdmin => _values["postgres-admin"];

    public string DaprToken => _values["dapr-api-token"];

    public string AppToken => _values["app-api-token"];

    /// <summary>Base64 of 32 bytes: encrypts personal fields.</summary>
    public string PersonalKey => _values["personal-key"];

    /// <summary>Base64 of 32 bytes: keys the search hash of personal fields.</summary>
    public string PersonalHashKey => _values["personal-hash-key"];

    /// <summary>Base64 of 32 bytes: encrypts the signing secrets of webhooks.</summary>
    public string WebhookKey => _values["webhook-key"];

    public string Database(string service) => _values[$"database-{service}"];

    public static Secrets Open(Workspace workspace, TimeProvider time)
    {
        workspace.Prepare();
        var file = Path.Combine(workspace.Keys, "secrets.json");
        var values = File.Exists(file) ? JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(file)) ?? [] : [];
        var known = values.Count;
        foreach (var name in (string[])["postgres-admin", "dapr-api-token", "app-api-token", "database-cadre", "database-grid", "database-scoring"])
            values.TryAdd(name, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24)));
        foreach (var name in (string[])["personal-key", "personal-hash-key", "webhook-key"])
            values.TryAdd(name, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        if (values.Count != known) Workspace.WriteSecret(file, JsonSerializer.Serialize(values));

        var secrets = new Secrets(workspace, values);
        if (!File.Exists(secrets.TokenKeyFile)) secrets.MakeTokenKey();
        if (!File.Exists(secrets.CertificateFile)) secrets.MakeCertificate(time.GetUtcNow());
        return secrets;
    }

    private void MakeTokenKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(TokenPublicKeyFile, key.ExportSubjectPublicKeyInfoPem() + "\n");
        Workspace.WriteSecret(TokenKeyFile, key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    private void MakeCertificate(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost, O=Jiceng development", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        names.AddIpAddress(System.Net.IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(2));
        Workspace.WriteSecret(CertificateKeyFile, key.ExportPkcs8PrivateKeyPem() + "\n");
        File.WriteAllText(CertificateFile, certificate.ExportCertificatePem() + "\n");
    }
}
