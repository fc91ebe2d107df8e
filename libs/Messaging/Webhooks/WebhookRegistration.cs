using System.Net;
using Jiceng.Persistence;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Jiceng.Messaging.Webhooks;

/// <summary>Adds webhooks to the events of a service.</summary>
internal static class WebhookRegistration
{
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
        services.AddSingleton<WebhookTurns>();
        services.AddSingleton<WebhookRound>();
        services.AddHostedService<WebhookJob>();
    }
}
