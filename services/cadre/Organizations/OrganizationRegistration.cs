using Jiceng.Rpc;

namespace Jiceng.Cadre.Organizations;

internal static class OrganizationRegistration
{
    public static IServiceCollection AddOrganizations(this IServiceCollection services) =>
        services.AddResource("organization", OrganizationStore.ResourceSql);
}
