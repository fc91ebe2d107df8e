using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Jiceng.Hosting;

/// <summary>
/// Bearer tokens (JWT), from an OpenID Connect issuer or signed with a key that we know; <see cref="TokenClaims"/> says what they tell. This
/// only finds out who calls; what the caller may do is decided by the access option of the method.
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
            .Configure<IOptions<AuthenticationSettings>, TimeProvider, TokenCache, TokenClaims, IServiceProvider>((options, settings, time, known, claims, provider) =>
            {
                Configure(options, settings.Value, time);
                if (settings.Value.Authority is { Length: > 0 }) options.ConfigurationManager = provider.GetRequiredService<IssuerDocuments>();
                options.Events = Events(known, claims, options.ConfigurationManager as IssuerDocuments);
            });
        builder.Services.AddSingleton(services => new TokenClaims(services.GetRequiredService<IOptions<AuthenticationSettings>>()));
        builder.Services.AddSingleton(services => new IssuerDocuments(
            services.GetRequiredService<IOptions<AuthenticationSettings>>().Value, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<IssuerDocuments>>()));
        builder.Services.AddSingleton<TokenCache>();
        builder.Services.AddAuthorization();

        // AddAuthentication brings data protection, which would write a key to the home folder at start. Bearer tokens need none.
        var keys = builder.Services.Single(s => s.ServiceType == typeof(IHostedService) && s.ImplementationType?.Name == "DataProtectionHostedService");
        builder.Services.Remove(keys);
    }

    private static void Configure(JwtBearerOptions options, AuthenticationSettings settings, TimeProvider time)
    {
        options.MapInboundClaims = false;
        options.Audience = settings.Audience;
        options.TimeProvider = time;
        options.TokenValidationParameters = new TokenValidationParameters
        {
            ClockSkew = settings.ClockSkew,
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            ValidAlgorithms = Algorithms,
            ValidAudience = settings.Audience,
            ValidIssuer = settings.Issuer,
            ValidateIssuerSigningKey = true,
        };

        // An OpenID Connect issuer tells its name and its keys itself.
        if (settings.Authority is { Length: > 0 }) return;
        options.TokenValidationParameters.ValidIssuer = settings.Issuer ?? AuthenticationSettings.DefaultIssuer;
        options.TokenValidationParameters.IssuerSigningKeys = PublicKeys.Read(settings.PublicKeyFile!);
    }

    private static JwtBearerEvents Events(TokenCache known, TokenClaims claims, IssuerDocuments? issuer) => new()
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
            failed.HttpContext.Items[TokenProblems.Item] = issuer is { Unknown: true } ? TokenProblem.Unverifiable : TokenProblems.Of(failed.Exception);
            return Task.CompletedTask;
        },
        OnTokenValidated = validated =>
        {
            var token = (JsonWebToken)validated.SecurityToken;
            if (claims.Holder(token) is not { } holder)
            {
                validated.Fail("the token names no subject");
                return Task.CompletedTask;
            }

            validated.Principal = holder;
            if (BearerOf(validated.Request) is { } text) known.Add(text, holder, token.ValidTo);
            return Task.CompletedTask;
        },
    };

    private static string? BearerOf(HttpRequest request)
    {
        const string Scheme = "Bearer ";
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : null;
    }
}
