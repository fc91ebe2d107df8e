using System.Security.Cryptography;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace Jiceng.Hosting;

/// <summary>
/// Bearer tokens (JWT) with the claims <c>sub</c>, <c>name</c>, <c>roles</c> and <c>places</c>, as they stand in the token. This only
/// finds out who calls; what the caller may do is decided by the access option of the method.
/// </summary>
internal static class ServiceAuthentication
{
    /// <summary>Signatures that a stolen public key cannot forge.</summary>
    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384,
        SecurityAlgorithms.RsaSha512, SecurityAlgorithms.RsaSsaPssSha256,
    ];

    public static void AddServiceAuthentication(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<AuthenticationSettings>().BindConfiguration("Authentication").ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<AuthenticationSettings>, AuthenticationSettingsCheck>();
        builder.Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        builder.Services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme)
            .Configure<IOptions<AuthenticationSettings>, TimeProvider, KnownTokens>((options, settings, time, known) => Configure(options, settings.Value, time, known));
        builder.Services.AddSingleton<KnownTokens>();
        builder.Services.AddAuthorization();

        // AddAuthentication brings data protection, which would write a key to the home folder at start. Bearer tokens need none.
        var keys = builder.Services.Single(s => s.ServiceType == typeof(IHostedService) && s.ImplementationType?.Name == "DataProtectionHostedService");
        builder.Services.Remove(keys);
    }

    private static void Configure(JwtBearerOptions options, AuthenticationSettings settings, TimeProvider time, KnownTokens known)
    {
        options.MapInboundClaims = false;
        options.Audience = settings.Audience;
        options.TimeProvider = time;
        options.TokenValidationParameters = new TokenValidationParameters
        {
            ClockSkew = TimeSpan.FromSeconds(30),
            NameClaimType = "name",
            RoleClaimType = "roles",
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            ValidAlgorithms = Algorithms,
            ValidAudience = settings.Audience,
            ValidIssuer = settings.Issuer,
            ValidateIssuerSigningKey = true,
        };
        options.Events = new JwtBearerEvents
        {
            OnMessageReceived = received =>
            {
                if (BearerOf(received.Request) is { } token && known.Find(token) is { } holder)
                {
                    received.Principal = holder;
                    received.Success();
                }

                return Task.CompletedTask;
            },
            OnAuthenticationFailed = failed =>
            {
                failed.HttpContext.Items[TokenProblems.Item] = TokenProblems.Of(failed.Exception);
                return Task.CompletedTask;
            },
            OnTokenValidated = validated =>
            {
                if (string.IsNullOrWhiteSpace(validated.Principal?.FindFirst("sub")?.Value)) validated.Fail("the token names no subject");
                else if (BearerOf(validated.Request) is { } token) known.Add(token, validated.Principal, validated.SecurityToken.ValidTo);
                return Task.CompletedTask;
            },
        };

        if (settings.Authority is { Length: > 0 } authority)
        {
            options.Authority = authority;
            options.RequireHttpsMetadata = !new Uri(authority).IsLoopback;
            // An identity provider names itself in its metadata unless Authentication:Issuer says otherwise.
            return;
        }

        options.TokenValidationParameters.ValidIssuer = settings.Issuer ?? AuthenticationSettings.DefaultIssuer;
        options.TokenValidationParameters.IssuerSigningKeys = PublicKeys.Read(settings.PublicKeyFile!);
    }

    private static string? BearerOf(HttpRequest request)
    {
        const string Scheme = "Bearer ";
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : null;
    }
}

/// <summary>The section <c>Authentication</c>.</summary>
internal sealed class AuthenticationSettings
{
    public const string DefaultIssuer = "jiceng";

    /// <summary>Address of an OpenID Connect issuer, whose keys are fetched and renewed.</summary>
    public string? Authority { get; set; }

    /// <summary>PEM file with one public key (ES256) or several while keys are changed.</summary>
    public string? PublicKeyFile { get; set; }

    public string? Issuer { get; set; }

    public string Audience { get; set; } = "jiceng";
}

internal sealed class AuthenticationSettingsCheck : IValidateOptions<AuthenticationSettings>
{
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

        if (string.IsNullOrWhiteSpace(options.Audience)) return ValidateOptionsResult.Fail("Authentication:Audience is empty");
        return file ? CheckFile(options.PublicKeyFile!) : CheckAuthority(options.Authority!);
    }

    private static ValidateOptionsResult CheckAuthority(string authority) =>
        Uri.TryCreate(authority, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback))
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"Authentication:Authority is '{authority}'; it has to be an https address");

    private static ValidateOptionsResult CheckFile(string file)
    {
        try
        {
            PublicKeys.Read(file);
            return ValidateOptionsResult.Success;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            return ValidateOptionsResult.Fail($"Authentication:PublicKeyFile '{file}' cannot be used: {e.Message}");
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
