using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;

namespace Jiceng.Persistence;

/// <summary>
/// Encrypts personal fields (resident ids, phone numbers) and makes the keyed hashes by which they are found. Keys: those of
/// <see cref="KeyRing"/> in <c>Personal</c>, and <c>Personal:HashKey</c> (base64 of 32 bytes; changing it loses the search until hashes are
/// made again).
/// </summary>
public sealed class PersonalCipher
{
    private readonly KeyRing _keys;
    private readonly byte[] _hashKey;

    /// <summary>Reads the keys.</summary>
    /// <exception cref="InvalidOperationException">A key is missing or is not base64 of 32 bytes; the message names the setting, never the key.</exception>
    public PersonalCipher(IConfiguration configuration)
    {
        var personal = configuration.GetSection("Personal");
        _keys = new KeyRing(personal);
        _hashKey = KeyRing.ReadKey(personal.GetSection("HashKey"));
    }

    /// <inheritdoc cref="KeyRing.Encrypt"/>
    public byte[] Encrypt(string plain, string purpose) => _keys.Encrypt(plain, purpose);

    /// <inheritdoc cref="KeyRing.Decrypt"/>
    public string Decrypt(ReadOnlySpan<byte> encrypted, string purpose) => _keys.Decrypt(encrypted, purpose);

    /// <summary>Keyed hash for exact search (HMAC-SHA-256, 32 bytes).</summary>
    /// <param name="normalised">The value in the one form in which it is searched, for example without spaces and in upper case.</param>
    /// <param name="purpose">What the value is; the same value has another hash for another purpose.</param>
    public byte[] SearchHash(string normalised, string purpose) =>
        HMACSHA256.HashData(_hashKey, Encoding.UTF8.GetBytes($"{purpose}\0{normalised}"));
}
