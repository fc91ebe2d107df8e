using Jiceng.Cadre.Organizations;
using Jiceng.Cadre.Persons;
using Jiceng.Rpc;

namespace Jiceng.Cadre.Records;

internal static class RecordRegistration
{
    public static IServiceCollection AddRecords(this IServiceCollection services) => services
        .AddResource("record", RecordStore.ResourceSql)
        .AddResource("subject", $"{PersonStore.ResourceSql} UNION ALL {OrganizationStore.ResourceSql}");
}
