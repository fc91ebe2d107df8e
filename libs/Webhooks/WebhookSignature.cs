using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Jiceng.Webhooks;

/// <summary>Signatures as the specification Standard Webhooks 1.0 has them, symmetric (v1).</summary>
internal static class WebhookSignature
{
    private const string Prefix = "whsec_";
    private const int SecretSize = 32;

    public static string NewSecret() => Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(SecretSize));

    /// <summary>What stands in the header <c>webhook-signature</c>: one signature for each secret.</summary>
    /// <param name="secrets">As <see cref="NewSecret"/> makes them.</param>
    /// <param name="id">What stands in <c>webhook-id</c>; holds no dot.</param>
    /// <param name="timestamp">What stands in <c>webhook-timestamp</c>.</param>
    /// <param name="body">The body, as it is sent.</param>
    public static string Sign(IEnumerable<string> secrets, string id, long timestamp, ReadOnlySpan<byte> body)
    {
        byte[] signed = [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}.")), .. body];
        return string.Join(' ', secrets.Select(secret => "v1," + Convert.ToBase64String(HMACSHA256.HashData(Key(secret), signed))));
    }

    private static byte[] Key(string secret) => Convert.FromBase64String(secret[Prefix.Length..]);
}
