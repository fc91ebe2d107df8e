using Jiceng.Cadre.Events.V1;
using Jiceng.Grid.Cases;
using Jiceng.Grid.Cases.Domain;
using Jiceng.Grid.Events.V1;
using Jiceng.Grid.Nodes;
using Jiceng.Grid.Statistics;
using Jiceng.Grid.Subscriptions;
using Jiceng.Hosting;
using Jiceng.Messaging;
using Jiceng.Persistence;
using Jiceng.Rpc;
using Jiceng.Webhooks;
using Microsoft.Extensions.Options;

namespace Jiceng.Grid;

/// <summary>Puts grid together.</summary>
internal static class GridModule
{
    public static void AddGrid(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddPersistence(builder.Configuration, "grid", typeof(GridModule).Assembly);
        services.AddPersonalCipher(builder.Configuration);
        services.AddRpc<ResourcePlacesStore>();
        services.AddMessaging(builder.Configuration, "grid", messages => messages
            .Subscribe<AppointmentChanged, AppointmentChangedSubscription>("jiceng.cadre.appointment.v1", "jiceng.cadre.appointment.changed.v1")
            .Redact<NodesImported>(NodeWriter.Imported, NodeWriter.Intersect));
        services.AddWebhooks(builder.Configuration);

        services.AddOptions<GridOptions>().BindConfiguration("Grid");
        services.AddSingleton(provider => CatalogueLoader.Load(provider.GetRequiredService<IOptions<GridOptions>>().Value.CatalogueFolder));
        services.AddSingleton(provider => new CaseVerbs(
            provider.GetRequiredService<Catalogue>(), provider.GetRequiredService<IOptions<GridOptions>>().Value.ReopenWindow));
        services.AddSingleton(provider => new RetentionRule(
            "case_contact", "close_time", provider.GetRequiredService<IOptions<GridOptions>>().Value.ContactRetention));

        services.AddSingleton<ContactStore>();
        services.AddSingleton<NodeService>();
        services.AddSingleton<ImportNodesHandler>();
        services.AddSingleton<CaseService>();
        services.AddSingleton<CaseStatisticsHandler>();
        services.AddSingleton<CaseCountStore>();
        services.AddSingleton<IServiceCommand, RebuildStatisticsCommand>();
        services.AddSingleton<ScanJob>();
        services.AddSingleton<CaseChangeNotifier>();
        services.AddHostedService(provider => provider.GetRequiredService<CaseChangeNotifier>());
        services.AddHostedService(provider => provider.GetRequiredService<ScanJob>());
        services.AddHostedService<CaseCountJob>();
    }

    public static void MapGrid(this WebApplication app)
    {
        app.MapGrpcService<NodeService>();
        app.MapGrpcService<CaseService>();
        app.MapMessaging();
        app.MapWebhooks();
    }
}
