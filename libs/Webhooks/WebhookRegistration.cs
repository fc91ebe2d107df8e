using System.Net;
using Jiceng.Persistence;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Jiceng.Webhooks;

/// <summary>Adds webhooks to a service: its events are sent to the addresses that other systems register.</summary>
public static class WebhookRegistration
{
    /// <summary>
    /// Adds the job that sends events. Needs AddMessaging, whose migrations also hold the tables of webhooks. Settings: <c>Webhooks:…</c>
    /// (docs/webhooks.md).
    /// </summary>
    /// <param name="services">The service's collection.</param>
    /// <param name="configuration">Where the settings are.</param>
    /// <exception cref="InvalidOperationException">A key in <c>Webhooks:Keys</c> is wrong.</exception>
    public static void AddWebhooks(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<WebhookSettings>().BindConfiguration("Webhooks").ValidateOnStart();
        services.AddSingleton<IValidateOptions<WebhookSettings>, WebhookSettingsCheck>();
        services.AddSingleton(new WebhookSecrets(configuration));
        services.TryAddSingleton<ResolveHost>((host, cancellationToken) => Dns.GetHostAddressesAsync(host, cancellationToken).WaitAsync(cancellationToken));
        // What was not delivered can be sent as long as its event is kept.
        services.AddSingleton(new RetentionRule("webhook_delivery", "create_time", configuration.GetValue("Outbox:Retention", TimeSpan.FromDays(30))));
        services.AddSingleton<AddressGuard>();
        services.AddSingleton<WebhookClient>();
        services.AddSingleton<WebhookTelemetry>();
        services.AddSingleton<WebhookTurnStore>();
        services.AddSingleton<WebhookRound>();
        services.AddHostedService<WebhookJob>();
    }

    /// <summary>Maps jiceng.common.v1.WebhookService.</summary>
    public static void MapWebhooks(this WebApplication app) => app.MapGrpcService<WebhookService>();
}
