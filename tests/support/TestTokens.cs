using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Jiceng.TestSupport;

/// <summary>
/// Issues tokens like the development issuer (ES256), with a separate key. <see cref="Settings"/> makes a service trust them.
/// </summary>
public sealed class TestTokens : IDisposable
{
    public const string Issuer = "jiceng";
    public const string Audience = "jiceng";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("jiceng-tokens-");
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestTokens()
    {
        PublicKeyFile = Path.Combine(_folder.FullName, "public.pem");
        File.WriteAllText(PublicKeyFile, _key.ExportSubjectPublicKeyInfoPem());
    }

    /// <summary>PEM file for <c>Authentication:PublicKeyFile</c>.</summary>
    public string PublicKeyFile { get; }

    /// <summary>Settings of a service that trusts only these tokens.</summary>
    public IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>
    {
        ["Authentication:PublicKeyFile"] = PublicKeyFile,
        ["Authentication:Issuer"] = Issuer,
        ["Authentication:Audience"] = Audience,
    };

    /// <summary>A signed token; expired for a negative lifetime.</summary>
    public string Issue(
        string subject,
        IEnumerable<string>? roles = null,
        IEnumerable<string>? places = null,
        TimeSpan? lifetime = null,
        string issuer = Issuer,
        string audience = Audience,
        string? id = null,
        IReadOnlyDictionary<string, object>? more = null)
    {
        var now = TimeProvider.System.GetUtcNow();
        var ends = now + (lifetime ?? TimeSpan.FromMinutes(10));
        var begins = ends < now ? ends - TimeSpan.FromMinutes(10) : now;
        var head = Part(new Dictionary<string, object> { ["alg"] = "ES256", ["typ"] = "JWT" });
        var body = Part(new Dictionary<string, object>(more ?? new Dictionary<string, object>())
        {
            ["iss"] = issuer,
            ["aud"] = audience,
            ["sub"] = subject,
            ["name"] = subject,
            ["roles"] = roles?.ToArray() ?? [],
            ["places"] = places?.ToArray() ?? [],
            ["iat"] = begins.ToUnixTimeSeconds(),
            ["nbf"] = begins.ToUnixTimeSeconds(),
            ["exp"] = ends.ToUnixTimeSeconds(),
            ["jti"] = id ?? Guid.CreateVersion7(now).ToString(),
        });
        var signature = _key.SignData(Encoding.ASCII.GetBytes($"{head}.{body}"), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return $"{head}.{body}.{Base64Url.EncodeToString(signature)}";
    }

    public void Dispose()
    {
        _key.Dispose();
        _folder.Delete(recursive: true);
    }

    private static string Part(Dictionary<string, object> claims) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(claims));
}
