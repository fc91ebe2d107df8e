using Jiceng.Grid.Cases;
using Jiceng.Grid.Nodes;
using Jiceng.Grid.Statistics;
using Jiceng.Messaging;
using Jiceng.Persistence;
using Jiceng.Rpc;
using Jiceng.Webhooks;

namespace Jiceng.Grid;

/// <summary>Puts grid together.</summary>
internal static class GridModule
{
    public static void AddGrid(this WebApplicationBuilder builder)
    {
        builder.Services.AddPersistence(builder.Configuration, "grid", typeof(GridModule).Assembly);
        builder.Services.AddPersonalCipher(builder.Configuration);
        builder.Services.AddMessaging(builder.Configuration, "grid");
        builder.Services.AddWebhooks(builder.Configuration);
        builder.Services.AddRpc();
        builder.Services.AddOptions<GridOptions>().BindConfiguration("Grid");
        builder.Services
            .AddNodes()
            .AddCases()
            .AddStatistics();
    }

    public static void MapGrid(this WebApplication app)
    {
        app.MapGrpcService<NodeService>();
        app.MapGrpcService<CaseService>();
        app.MapMessaging();
        app.MapWebhooks();
    }
}
