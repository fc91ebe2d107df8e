using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;

namespace Jiceng.Persistence;

/// <summary>
/// Encrypts what may not lie readable in a table, with AES-256-GCM. Keys: <c>&lt;section&gt;:Keys:&lt;id&gt;</c> (base64 of 32 bytes each) and
/// <c>&lt;section&gt;:CurrentKey</c> (the id to encrypt with). To rotate, add a key and make it the current one; what older keys encrypted
/// stays readable while they are configured.
/// </summary>
public sealed class KeyRing
{
    private const byte Format = 1;
    private const int KeySize = 32;
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private readonly Dictionary<string, byte[]> _keys = new(StringComparer.Ordinal);
    private readonly string _section;
    private readonly string _current;

    /// <summary>Reads the keys.</summary>
    /// <exception cref="InvalidOperationException">A key is missing or is not base64 of 32 bytes; the message names the setting, never the key.</exception>
    public KeyRing(IConfigurationSection section)
    {
        _section = section.Path;
        foreach (var key in section.GetSection("Keys").GetChildren())
        {
            if (key.Key.Length > 32 || !Ascii.IsValid(key.Key))
                throw new InvalidOperationException($"{key.Path}: the id of a key has at most 32 ASCII characters.");
            _keys.Add(key.Key, ReadKey(key));
        }

        _current = section["CurrentKey"] ?? throw new InvalidOperationException($"{_section}:CurrentKey is not set: the id of a key in {_section}:Keys.");
        if (!_keys.ContainsKey(_current))
            throw new InvalidOperationException($"{_section}:CurrentKey names the key '{_current}', which is not in {_section}:Keys.");
    }

    /// <summary>Encrypts a value with the current key. The same value gives other bytes each time.</summary>
    /// <param name="plain">The value.</param>
    /// <param name="purpose">What the value is, for example <c>person.phone</c>; only the same purpose decrypts it.</param>
    public byte[] Encrypt(string plain, string purpose)
    {
        var text = Encoding.UTF8.GetBytes(plain);
        var id = Encoding.ASCII.GetBytes(_current);
        var head = 2 + id.Length;
        // format, length of the key id, key id, nonce, tag, ciphertext
        var sealedBytes = new byte[head + NonceSize + TagSize + text.Length];
        sealedBytes[0] = Format;
        sealedBytes[1] = (byte)id.Length;
        id.CopyTo(sealedBytes, 2);
        var nonce = sealedBytes.AsSpan(head, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(_keys[_current], TagSize);
        aes.Encrypt(
            nonce, text, sealedBytes.AsSpan(head + NonceSize + TagSize), sealedBytes.AsSpan(head + NonceSize, TagSize),
            Bound(sealedBytes.AsSpan(0, head), purpose));
        CryptographicOperations.ZeroMemory(text);
        return sealedBytes;
    }

    /// <summary>Decrypts what <see cref="Encrypt"/> made, with the key that it names.</summary>
    /// <exception cref="CryptographicException">The key is not configured, the bytes were altered, or the purpose is another.</exception>
    public string Decrypt(ReadOnlySpan<byte> encrypted, string purpose)
    {
        if (encrypted.Length < 2 || encrypted[0] != Format || encrypted.Length < 2 + encrypted[1] + NonceSize + TagSize)
            throw new CryptographicException("The bytes are no encrypted value.");
        var head = 2 + encrypted[1];
        var id = Encoding.ASCII.GetString(encrypted[2..head]);
        if (!_keys.TryGetValue(id, out var key))
            throw new CryptographicException($"A value was encrypted with a key that is not in {_section}:Keys.");
        var plain = new byte[encrypted.Length - head - NonceSize - TagSize];
        using var aes = new AesGcm(key, TagSize);
        aes.Decrypt(
            encrypted.Slice(head, NonceSize), encrypted[(head + NonceSize + TagSize)..], encrypted.Slice(head + NonceSize, TagSize), plain,
            Bound(encrypted[..head], purpose));
        return Encoding.UTF8.GetString(plain);
    }

    internal static byte[] ReadKey(IConfigurationSection setting)
    {
        var key = new byte[KeySize + 1];
        return Convert.TryFromBase64String(setting.Value ?? "", key, out var length) && length == KeySize
            ? key[..KeySize]
            : throw new InvalidOperationException($"{setting.Path} has to be the base64 form of 32 bytes; make one with: openssl rand -base64 32");
    }

    private static byte[] Bound(ReadOnlySpan<byte> head, string purpose) => [.. head, .. Encoding.UTF8.GetBytes(purpose)];
}
