using Jiceng.Persistence;
using Jiceng.Rpc;
using Jiceng.Scoring.Facts;

namespace Jiceng.Scoring.Points;

internal static class PointsRegistration
{
    public static IServiceCollection AddPoints(this IServiceCollection services, IConfiguration configuration) => services
        // Residents never become known to scoring: what waits for an unknown person is dropped after a time.
        .AddSingleton(new RetentionRule("fact_part", "pending_since", configuration.GetValue("Pending:Retention", TimeSpan.FromDays(90))))
        .AddResource("entry", LedgerStore.ResourceSql)
        .AddFacts();
}
