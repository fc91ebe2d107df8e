using Jiceng.Cadre.Events.V1;
using Jiceng.Grid.Events.V1;
using Jiceng.Hosting;
using Jiceng.Messaging;
using Jiceng.Persistence;
using Jiceng.Rpc;
using Jiceng.Scoring.Items;
using Jiceng.Scoring.Points;
using Jiceng.Scoring.Ranking;
using Jiceng.Scoring.Schemes;
using Jiceng.Scoring.Schemes.Domain;
using Jiceng.Scoring.Subscriptions;
using OpenTelemetry.Trace;
using StackExchange.Redis;

namespace Jiceng.Scoring;

internal static class ScoringModule
{
    private const string Name = "scoring";

    public static void AddScoring(this WebApplicationBuilder builder)
    {
        var (services, configuration) = (builder.Services, builder.Configuration);
        services.AddPersistence(configuration, Name, typeof(ScoringModule).Assembly);
        services.AddRpc<ResourcePlacesStore>();
        services.AddMessaging(configuration, Name, Hear);
        // Residents never become known to scoring: what waits for an unknown person is dropped after a time.
        services.AddSingleton(new RetentionRule("fact_part", "pending_since", configuration.GetValue("Pending:Retention", TimeSpan.FromDays(90))));
        var redis = configuration.GetConnectionString("Redis");
        if (string.IsNullOrWhiteSpace(redis)) throw new InvalidOperationException("ConnectionStrings:Redis is not set.");
        services.AddSingleton<IConnectionMultiplexer>(_ => Connect(redis));
        services.ConfigureOpenTelemetryTracerProvider(tracing => tracing.AddRedisInstrumentation());
        services.AddSingleton<IServiceCommand, RebuildRankingCommand>();
        services.AddSingleton<RankingCacheStore>();
        services.AddSingleton<RankingReadStore>();
    }

    public static void MapScoring(this WebApplication app)
    {
        app.MapGrpcService<SchemeService>();
        app.MapGrpcService<ItemService>();
        app.MapGrpcService<PointsService>();
        app.MapMessaging();
    }

    private static void Hear(MessagingBuilder messaging) => messaging
        .Subscribe<CaseClosed, CaseClosedSubscription>("jiceng.grid.case.v1", EventCatalog.CaseClosed)
        .Subscribe<CaseOverdue, CaseOverdueSubscription>("jiceng.grid.case.v1", EventCatalog.CaseOverdue)
        .Subscribe<CaseRated, CaseRatedSubscription>("jiceng.grid.case.v1", EventCatalog.CaseRated)
        .Subscribe<DutyChanged, DutyChangedSubscription>("jiceng.grid.duty.v1", "jiceng.grid.duty.changed.v1")
        .Subscribe<NodeChanged, NodeChangedSubscription>("jiceng.grid.node.v1", "jiceng.grid.node.changed.v1")
        .Subscribe<NodesImported, NodesImportedSubscription>("jiceng.grid.node.v1", "jiceng.grid.node.imported.v1")
        .Subscribe<PersonChanged, PersonChangedSubscription>("jiceng.cadre.person.v1", "jiceng.cadre.person.changed.v1")
        .Subscribe<OrganizationChanged, OrganizationChangedSubscription>("jiceng.cadre.organization.v1", "jiceng.cadre.organization.changed.v1")
        .Subscribe<AppointmentChanged, AppointmentChangedSubscription>("jiceng.cadre.appointment.v1", "jiceng.cadre.appointment.changed.v1")
        .Subscribe<CommendationRecorded, CommendationRecordedSubscription>("jiceng.cadre.commendation.v1", EventCatalog.CommendationRecorded)
        .Subscribe<NoticeRecorded, NoticeRecordedSubscription>("jiceng.cadre.notice.v1", EventCatalog.NoticeRecorded);

    // Redis may be away when the service starts: it is only a shorter way to what the ledger knows.
    private static ConnectionMultiplexer Connect(string address)
    {
        var options = ConfigurationOptions.Parse(address);
        options.AbortOnConnectFail = false;
        options.ConnectTimeout = 2000;
        options.ClientName = "jiceng-scoring";
        return ConnectionMultiplexer.Connect(options);
    }
}
