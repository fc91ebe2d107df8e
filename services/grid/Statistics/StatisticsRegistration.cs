using Jiceng.Hosting;

namespace Jiceng.Grid.Statistics;

internal static class StatisticsRegistration
{
    public static IServiceCollection AddStatistics(this IServiceCollection services) => services
        .AddSingleton<CaseStatisticsHandler>()
        .AddSingleton<CaseCountStore>()
        .AddSingleton<IServiceCommand, RebuildStatisticsCommand>()
        .AddHostedService<CaseCountJob>();
}
