using Jiceng.Gateway.Errors;
using Jiceng.Gateway.Limits;
using Jiceng.Gateway.Routing;
using Jiceng.Hosting;
using Microsoft.Extensions.Options;

namespace Jiceng.Gateway.Revocation;

/// <summary>Rejects calls with a revoked token, and all calls while it cannot be known which tokens are revoked.</summary>
internal sealed class RevocationMiddleware(RequestDelegate next, RevocationList list, IOptions<RevocationSettings> settings)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (!context.NeedsToken()) return next(context);
        if (list.Tokens.Holds(context.User)) return context.WriteErrorAsync(GatewayErrors.TokenRevoked.With());
        return list.Unknown && Refuses(context)
            ? context.WriteErrorAsync(GatewayErrors.RevocationsUnknown.With().Retry(StreamTerminationMiddleware.RetryAfter))
            : next(context);
    }

    private bool Refuses(HttpContext context) => settings.Value.WhenUnknown switch
    {
        WhenUnknown.Allow => false,
        WhenUnknown.RefuseWrites => context.GetCallClass() is not { } kind || kind.IsWrite(),
        _ => true,
    };
}

internal static class RevocationSetup
{
    public static void AddRevocation(this IServiceCollection services)
    {
        services.AddOptions<RevocationSettings>().BindConfiguration("Revocation").ValidateOnStart();
        services.AddSingleton<IValidateOptions<RevocationSettings>, RevocationSettingsValidator>();
        services.AddSingleton<RevocationList>();
        services.AddHostedService(provider => provider.GetRequiredService<RevocationList>());
        services.AddSingleton<OpenStreams>();
        services.AddHostedService(provider => provider.GetRequiredService<OpenStreams>());
        services.AddSingleton<IServiceCommand, RevokeCommand>();
    }
}
