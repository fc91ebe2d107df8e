using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.Options;

namespace Jiceng.Gateway.Web;

/// <summary>The section <c>Cors</c>: pages of which origins may call from a browser.</summary>
internal sealed class CorsSettings
{
    /// <summary>For example <c>https://county.example</c>; none: no page of another origin.</summary>
    public string[] Origins { get; set; } = [];
}

internal sealed class CorsSettingsValidator : IValidateOptions<CorsSettings>
{
    public ValidateOptionsResult Validate(string? name, CorsSettings options)
    {
        var wrong = options.Origins.Where(origin => !IsOrigin(origin))
            .Select(origin => $"Cors:Origins has '{origin}'; an origin is https://<host> or http://<host>:<port>, without a path")
            .ToArray();
        return wrong.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }

    private static bool IsOrigin(string text) => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
        && string.Equals(uri.GetLeftPart(UriPartial.Authority), text, StringComparison.OrdinalIgnoreCase) && uri.UserInfo.Length == 0;
}

internal static class CorsSetup
{
    /// <summary>What scripts have to read besides what every answer has: how a call ended, how often it may come again, and Connect's own.</summary>
    private static readonly string[] Exposed =
    [
        "grpc-status", "grpc-message", "grpc-status-details-bin", "grpc-encoding", "connect-content-encoding", "connect-accept-encoding", "connect-protocol-version",
        "RateLimit", "RateLimit-Policy", "Retry-After", "WWW-Authenticate", "ETag",
    ];

    private static readonly TimeSpan Remembered = TimeSpan.FromHours(2);

    public static void AddBrowserAccess(this IServiceCollection services)
    {
        services.AddOptions<CorsSettings>().BindConfiguration("Cors").ValidateOnStart();
        services.AddSingleton<IValidateOptions<CorsSettings>, CorsSettingsValidator>();
        services.AddCors();
        // Tokens come in a header that a script has to set: no cookies, so any header may be sent.
        services.AddOptions<CorsOptions>().Configure<IOptions<CorsSettings>>((options, settings) => options.AddDefaultPolicy(policy => policy
            .WithOrigins(settings.Value.Origins).WithMethods("GET", "POST").AllowAnyHeader().WithExposedHeaders(Exposed).SetPreflightMaxAge(Remembered)));
    }
}
