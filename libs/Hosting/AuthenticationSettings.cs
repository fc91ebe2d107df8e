using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace Jiceng.Hosting;

/// <summary>The section <c>Authentication</c>.</summary>
internal sealed class AuthenticationSettings
{
    public const string DefaultIssuer = "jiceng";

    /// <summary>Address of an OpenID Connect issuer, whose keys are fetched and renewed.</summary>
    public string? Authority { get; set; }

    /// <summary>PEM file with one public key (ES256) or several while keys are changed.</summary>
    public string? PublicKeyFile { get; set; }

    /// <summary>What tokens name as their issuer, and what the issuer calls itself, when that is not its address.</summary>
    public string? Issuer { get; set; }

    public string Audience { get; set; } = "jiceng";

    /// <summary>How far the clocks of the issuer and ours may be apart.</summary>
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>After so long the keys of the issuer are fetched again.</summary>
    public TimeSpan KeysLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>A token signed with a key that is not known has them fetched again at once, but no more often than this.</summary>
    public TimeSpan KeysPause { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Keys that could not be fetched again for so long are no longer trusted.</summary>
    public TimeSpan KeysTrusted { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Where in the token stands what is asked of it.</summary>
    public ClaimNames Claims { get; set; } = new();

    /// <summary>Our role for each value that the issuer has for roles; none: the issuer's roles are ours.</summary>
    public Dictionary<string, string> Roles { get; set; } = new(StringComparer.Ordinal);
}

/// <summary>Names of claims, or paths to them with dots: <c>realm_access.roles</c>.</summary>
internal sealed class ClaimNames
{
    public string Subject { get; set; } = "sub";

    public string Name { get; set; } = "name";

    public string Roles { get; set; } = "roles";

    public string Places { get; set; } = "places";
}

internal sealed class AuthenticationSettingsCheck : IValidateOptions<AuthenticationSettings>
{
    private static readonly TimeSpan MostSkew = TimeSpan.FromMinutes(5);

    public ValidateOptionsResult Validate(string? name, AuthenticationSettings options)
    {
        var authority = options.Authority is { Length: > 0 };
        var file = options.PublicKeyFile is { Length: > 0 };
        if (authority == file)
        {
            var state = authority ? "both are set" : "neither is set";
            return ValidateOptionsResult.Fail(
                $"{state}: set Authentication:Authority to the address of an OpenID Connect issuer, or Authentication:PublicKeyFile to a PEM file with a public key");
        }

        var problem = CheckRest(options) ?? (file ? CheckFile(options.PublicKeyFile!) : CheckAuthority(options.Authority!));
        return problem is null ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problem);
    }

    private static string? CheckRest(AuthenticationSettings options)
    {
        if (string.IsNullOrWhiteSpace(options.Audience)) return "Authentication:Audience is empty";
        if (options.ClockSkew < TimeSpan.Zero || options.ClockSkew > MostSkew)
            return $"Authentication:ClockSkew is {options.ClockSkew}; it has to be between 00:00:00 and {MostSkew}";
        if (options.KeysLifetime <= TimeSpan.Zero) return "Authentication:KeysLifetime has to be more than 0, for example 01:00:00";
        if (options.KeysPause <= TimeSpan.Zero) return "Authentication:KeysPause has to be more than 0, for example 00:00:30";
        if (options.KeysTrusted < options.KeysLifetime) return "Authentication:KeysTrusted has to be at least Authentication:KeysLifetime";
        var claims = options.Claims;
        foreach (var (key, value) in ((string, string)[])[("Subject", claims.Subject), ("Name", claims.Name), ("Roles", claims.Roles), ("Places", claims.Places)])
            if (string.IsNullOrWhiteSpace(value)) return $"Authentication:Claims:{key} is empty; it names a claim of the token";
        foreach (var (theirs, ours) in options.Roles)
            if (string.IsNullOrWhiteSpace(ours)) return $"Authentication:Roles:{theirs} is empty; it names a role of ours, for example grid_worker";
        return null;
    }

    private static string? CheckAuthority(string authority) =>
        Uri.TryCreate(authority, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback))
            ? null
            : $"Authentication:Authority is '{authority}'; it has to be an https address";

    private static string? CheckFile(string file)
    {
        try
        {
            PublicKeys.Read(file);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            return $"Authentication:PublicKeyFile '{file}' cannot be used: {e.Message}";
        }
    }
}

internal static class PublicKeys
{
    public static IReadOnlyList<SecurityKey> Read(string file)
    {
        var pem = File.ReadAllText(file).AsSpan();
        var keys = new List<SecurityKey>();
        while (PemEncoding.TryFind(pem, out var block))
        {
            if (pem[block.Label] is not "PUBLIC KEY")
                throw new CryptographicException($"it holds a {pem[block.Label]}, only PUBLIC KEY is expected");
            var key = ECDsa.Create();
            key.ImportFromPem(pem[block.Location]);
            keys.Add(new ECDsaSecurityKey(key));
            pem = pem[block.Location.End..];
        }

        return keys.Count > 0 ? keys : throw new CryptographicException("it holds no PUBLIC KEY");
    }
}
