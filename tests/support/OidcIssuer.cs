using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Jiceng.TestSupport;

/// <summary>A small OpenID Connect issuer: its two documents over HTTP, rotatable RSA keys, and tokens with any claims.</summary>
public sealed class OidcIssuer : IAsyncDisposable
{
    public const string Audience = "jiceng";
    private readonly List<(string Id, RSA Key)> _keys = [];
    private readonly HttpListener _listener = new();
    private readonly Task _loop;
    private int _made;

    public OidcIssuer()
    {
        Address = $"http://127.0.0.1:{FreePort.Take()}";
        Name = Address;
        Rotate();
        _listener.Prefixes.Add($"{Address}/");
        _listener.Start();
        _loop = ServeAsync();
    }

    public string Address { get; }

    /// <summary>The issuer name in its documents.</summary>
    public string Name { get; set; }

    /// <summary>Whether every request fails, as during a restart.</summary>
    public bool Down { get; set; }

    /// <summary>Number of times its keys were fetched.</summary>
    public int Fetches { get; private set; }

    /// <summary>Settings of a service that trusts this issuer and no key file.</summary>
    public (string Key, string Value)[] Settings =>
        [("Authentication:PublicKeyFile", ""), ("Authentication:Issuer", Name), ("Authentication:Authority", Address), ("Authentication:Audience", Audience)];

    /// <summary>Replaces the signing key; only the new key is published.</summary>
    public void Rotate()
    {
        lock (_keys)
        {
            _keys.ForEach(old => old.Key.Dispose());
            _keys.Clear();
            _keys.Add(($"key-{++_made}", RSA.Create(2048)));
        }
    }

    /// <summary>Issues a token with these claims in addition to the default ones; a null removes a default claim.</summary>
    public string Issue(params (string Claim, object? Value)[] claims)
    {
        lock (_keys)
        {
            var (id, key) = _keys[^1];
            return Sign("RS256", id, Body(claims), data => key.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        }
    }

    /// <summary>Issues a token that needs only the public key: its bytes are the secret of an HMAC.</summary>
    public string Forge(params (string Claim, object? Value)[] claims)
    {
        lock (_keys)
        {
            var (id, key) = _keys[^1];
            return Sign("HS256", id, Body(claims), data => HMACSHA256.HashData(Encoding.ASCII.GetBytes(key.ExportSubjectPublicKeyInfoPem()), data));
        }
    }

    /// <summary>Issues a token that claims to need no signature.</summary>
    public string WithoutSignature(params (string Claim, object? Value)[] claims) => Sign("none", "none", Body(claims), _ => []);

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _loop;
        _keys.ForEach(key => key.Key.Dispose());
    }

    private Dictionary<string, object> Body((string Claim, object? Value)[] claims)
    {
        var now = TimeProvider.System.GetUtcNow();
        var body = new Dictionary<string, object>
        {
            ["iss"] = Name,
            ["aud"] = Audience,
            ["sub"] = "p-1",
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = now.AddMinutes(10).ToUnixTimeSeconds(),
        };
        foreach (var (claim, value) in claims)
        {
            if (value is null) body.Remove(claim);
            else body[claim] = value;
        }

        return body;
    }

    private static string Sign(string algorithm, string key, Dictionary<string, object> body, Func<byte[], byte[]> sign)
    {
        var head = new Dictionary<string, object> { ["alg"] = algorithm, ["typ"] = "JWT", ["kid"] = key };
        var signed = $"{Part(head)}.{Part(body)}";
        return $"{signed}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(signed)))}";
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            var body = Down ? null : context.Request.Url!.AbsolutePath switch
            {
                "/.well-known/openid-configuration" => Json(new Dictionary<string, string> { ["issuer"] = Name, ["jwks_uri"] = $"{Address}/keys" }),
                "/keys" => Keys(),
                _ => null,
            };
            context.Response.StatusCode = Down ? 503 : body is null ? 404 : 200;
            context.Response.ContentType = "application/json";
            context.Response.Close(body ?? [], willBlock: false);
        }
    }

    private byte[] Keys()
    {
        Fetches++;
        lock (_keys)
        {
            return Json(new Dictionary<string, object>
            {
                ["keys"] = _keys.Select(key =>
                {
                    var open = key.Key.ExportParameters(false);
                    return new Dictionary<string, string>
                    {
                        ["kty"] = "RSA",
                        ["use"] = "sig",
                        ["alg"] = "RS256",
                        ["kid"] = key.Id,
                        ["n"] = Base64Url.EncodeToString(open.Modulus),
                        ["e"] = Base64Url.EncodeToString(open.Exponent),
                    };
                }).ToArray(),
            });
        }
    }

    private static string Part(Dictionary<string, object> claims) => Base64Url.EncodeToString(Json(claims));

    private static byte[] Json<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value);
}
