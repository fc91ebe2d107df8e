using Grpc.Net.Client.Balancer;
using Jiceng.Persistence;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Jiceng.Messaging;

/// <summary>Adds events to a service: publishing, subscriptions, and the calls about them.</summary>
public static class MessagingRegistration
{
    /// <summary>How often the names of feeds are looked up; a replica that is gone is noticed at once, a new one after this.</summary>
    private static readonly TimeSpan LookedUpAgain = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Adds the outbox relay, the delivery of subscribed events, the feed puller and their tables. Needs AddPersistence and AddRpc.
    /// Settings: <c>Outbox:Retention</c> (how far the feed reaches back, 30 days by default), <c>Inbox:Retention</c> (60 days; longer
    /// than any feed that the service reads), <c>Outbox:Followers</c> (streams of events open at once, 100),
    /// <c>Feeds:&lt;service&gt;</c> (gRPC address of each service that is heard, required; <c>dns:///grid:6011</c> for all addresses of a name),
    /// <c>Feeds:Interval</c> (1 minute), <c>Services:TokenFile</c> or <c>Services:Token</c> (the token for reading feeds),
    /// <c>DAPR_GRPC_PORT</c> or <c>DAPR_GRPC_ENDPOINT</c> (the sidecar), <c>APP_API_TOKEN</c> (what the sidecar proves itself with).
    /// </summary>
    /// <param name="services">The service's collection.</param>
    /// <param name="configuration">Where the settings are.</param>
    /// <param name="service">Short name: cadre, grid, scoring.</param>
    public static IServiceCollection AddMessaging(
        this IServiceCollection services, IConfiguration configuration, string service)
    {
        services.AddSingleton(new ServiceName(service));
        services.AddSingleton<Subscriptions>();
        services.AddSingleton<EventRedactors>();
        services.AddSingleton<EventReaches>();
        services.AddSingleton(MigrationSet.From("messaging", typeof(MessagingRegistration).Assembly, order: 1));
        services.AddSingleton(new RetentionRule("outbox", "publish_time", configuration.GetValue("Outbox:Retention", TimeSpan.FromDays(30))));
        services.AddSingleton(new RetentionRule("inbox", "receive_time", configuration.GetValue("Inbox:Retention", TimeSpan.FromDays(60))));
        services.AddMetrics();
        services.AddSingleton<MessagingTelemetry>();
        services.AddDaprClient();
        services.TryAddSingleton<IEventPublisher, DaprEventPublisher>();
        services.AddSingleton<EventDispatcher>();
        services.AddSingleton<DeadLetters>();
        services.AddSingleton<EventFeed>();
        services.AddSingleton<EventFollowing>();
        services.AddSingleton<ServiceToken>();
        services.AddSingleton<FeedReader>();
        services.TryAddSingleton<ResolverFactory>(new DnsResolverFactory(LookedUpAgain));
        services.AddHostedService<OutboxRelay>();
        services.AddHostedService<FeedPuller>();
        return services;
    }

    /// <summary>Maps what the sidecar calls (HTTP) and jiceng.common.v1.MessagingService (gRPC).</summary>
    public static void MapMessaging(this WebApplication app)
    {
        DeliveryEndpoints.Map(app);
        app.MapGrpcService<MessagingService>();
    }
}
