using Jiceng.Rpc;

namespace Jiceng.Cadre.Liaisons;

internal static class LiaisonRegistration
{
    public static IServiceCollection AddLiaisons(this IServiceCollection services) => services.AddResource("liaison", LiaisonStore.ResourceSql);
}
