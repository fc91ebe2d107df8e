using Jiceng.Grid.Cases.Domain;
using Jiceng.Persistence;
using Jiceng.Rpc;
using Microsoft.Extensions.Options;

namespace Jiceng.Grid.Cases;

internal static class CaseRegistration
{
    public static IServiceCollection AddCases(this IServiceCollection services) => services
        .AddSingleton(provider => CatalogueLoader.Load(Options(provider).CatalogueFolder))
        .AddSingleton(provider => new CaseVerbs(provider.GetRequiredService<Catalogue>(), Options(provider).ReopenWindow))
        .AddSingleton(provider => new RetentionRule("case_contact", "close_time", Options(provider).ContactRetention))
        .AddSingleton<ContactStore>()
        .AddSingleton<CaseService>()
        .AddSingleton<ScanJob>()
        .AddHostedService(provider => provider.GetRequiredService<ScanJob>())
        .AddSingleton<CaseChangeNotifier>()
        .AddHostedService(provider => provider.GetRequiredService<CaseChangeNotifier>())
        .AddResource("case", CaseStore.ResourceSql)
        .AddResource("case_owner", CaseStore.OwnerSql);

    private static GridOptions Options(IServiceProvider provider) => provider.GetRequiredService<IOptions<GridOptions>>().Value;
}
