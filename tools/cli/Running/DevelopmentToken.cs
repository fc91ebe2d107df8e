using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Jiceng.Cli.Running;

/// <summary>Subject and permissions of a token.</summary>
internal sealed record TokenHolder(string Subject, string Name, IReadOnlyList<string> Roles, IReadOnlyList<string> Places);

/// <summary>JSON web tokens (ES256) signed with the key of this installation. Production uses an OIDC issuer instead.</summary>
internal static class DevelopmentToken
{
    public static string Sign(string keyFile, TokenHolder holder, DateTimeOffset now, TimeSpan lifetime)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(keyFile));
        var header = Part(new Dictionary<string, object> { ["alg"] = "ES256", ["typ"] = "JWT" });
        var body = Part(new Dictionary<string, object>
        {
            ["iss"] = "jiceng",
            ["aud"] = "jiceng",
            ["sub"] = holder.Subject,
            ["name"] = holder.Name,
            ["roles"] = holder.Roles,
            ["places"] = holder.Places,
            ["iat"] = now.ToUnixTimeSeconds(),
            // Tolerates a small clock skew between machines.
            ["nbf"] = now.AddSeconds(-30).ToUnixTimeSeconds(),
            ["exp"] = now.Add(lifetime).ToUnixTimeSeconds(),
            ["jti"] = Guid.CreateVersion7(now).ToString(),
        });
        var signature = key.SignData(Encoding.ASCII.GetBytes($"{header}.{body}"), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return $"{header}.{body}.{Base64Url.EncodeToString(signature)}";
    }

    private static string Part(Dictionary<string, object> values) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(values));
}
