using Jiceng.Cadre.Events.V1;
using Jiceng.Grid.Events.V1;
using Jiceng.Grid.Subscriptions;
using Jiceng.Messaging;
using Jiceng.Rpc;

namespace Jiceng.Grid.Nodes;

internal static class NodeRegistration
{
    public static IServiceCollection AddNodes(this IServiceCollection services) => services
        .AddSingleton<NodeService>()
        .AddSingleton<ImportNodesHandler>()
        .AddResource("duty", DutyStore.ResourceSql)
        .Subscribe<AppointmentChanged, AppointmentChangedSubscription>()
        .RedactEvent<NodesImported>(NodeWriter.Intersect);
}
