using Jiceng.Messaging;
using Jiceng.Persistence;
using Jiceng.Rpc;
using Jiceng.Scoring.Items;
using Jiceng.Scoring.Points;
using Jiceng.Scoring.Ranking;
using Jiceng.Scoring.Schemes;
using Jiceng.Scoring.Subjects;
using Jiceng.Webhooks;

namespace Jiceng.Scoring;

internal static class ScoringModule
{
    private const string Name = "scoring";

    public static void AddScoring(this WebApplicationBuilder builder)
    {
        var (services, configuration) = (builder.Services, builder.Configuration);
        services.AddPersistence(configuration, Name, typeof(ScoringModule).Assembly);
        services.AddMessaging(configuration, Name);
        services.AddWebhooks(configuration);
        services.AddRpc();
        services
            .AddSubjects()
            .AddResource("scheme", SchemeStore.ResourceSql)
            .AddResource("item", ItemStore.ResourceSql)
            .AddPoints(configuration)
            .AddRanking(configuration);
    }

    public static void MapScoring(this WebApplication app)
    {
        app.MapGrpcService<SchemeService>();
        app.MapGrpcService<ItemService>();
        app.MapGrpcService<PointsService>();
        app.MapMessaging();
        app.MapWebhooks();
    }
}
