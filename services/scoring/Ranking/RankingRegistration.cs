using Jiceng.Hosting;
using OpenTelemetry.Trace;
using StackExchange.Redis;

namespace Jiceng.Scoring.Ranking;

internal static class RankingRegistration
{
    /// <exception cref="InvalidOperationException">ConnectionStrings:Redis is not set.</exception>
    public static IServiceCollection AddRanking(this IServiceCollection services, IConfiguration configuration)
    {
        var redis = configuration.GetConnectionString("Redis");
        if (string.IsNullOrWhiteSpace(redis)) throw new InvalidOperationException("ConnectionStrings:Redis is not set.");
        return services
            .AddSingleton<IConnectionMultiplexer>(_ => Connect(redis))
            .ConfigureOpenTelemetryTracerProvider(tracing => tracing.AddRedisInstrumentation())
            .AddSingleton<IServiceCommand, RebuildRankingCommand>()
            .AddSingleton<RankingCacheStore>()
            .AddSingleton<RankingReadStore>();
    }

    // Redis may be unavailable when the service starts: it only caches what the ledger contains.
    private static ConnectionMultiplexer Connect(string address)
    {
        var options = ConfigurationOptions.Parse(address);
        options.AbortOnConnectFail = false;
        options.ConnectTimeout = 2000;
        options.ClientName = "jiceng-scoring";
        return ConnectionMultiplexer.Connect(options);
    }
}
