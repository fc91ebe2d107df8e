using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Scoring.Points.Domain;
using Jiceng.Scoring.Ranking.Domain;
using Jiceng.Scoring.Schemes;
using Jiceng.Scoring.Schemes.Domain;
using Npgsql;

namespace Jiceng.Scoring.Ranking;

/// <summary>Rankings from Redis where they match the ledger, otherwise from the ledger, and then added to Redis.</summary>
internal sealed partial class RankingReadStore(
    RankingCacheStore cache, Database database, TimeProvider time, ILogger<RankingReadStore> logger)
{
    /// <summary>A stretch of a ranking, its whole size, and where it was read.</summary>
    public async Task<(IReadOnlyList<Ranked> Rows, int Size, bool FromRedis)> ReadAsync(
        NpgsqlConnection connection, RankingScope scope, int position, int count, CancellationToken cancellationToken)
    {
        // A wider place than the scheme's ranks the same subjects: one set serves all callers above.
        scope = scope with { Places = [.. scope.Places.Select(place => place.Contains(scope.Scheme.Place) ? scope.Scheme.Place : place)] };
        var version = await RankingStore.VersionAsync(connection, scope, cancellationToken);
        if (RankingCacheStore.Key(scope, version) is { } key && await cache.ReadAsync(key, position, count) is { } cached)
            return (cached.Rows, cached.Size, true);
        var all = await RefreshAsync(connection, scope, cancellationToken);
        return ([.. all.Skip(position).Take(count)], all.Count, false);
    }

    /// <summary>Drops what Redis holds and writes the current period of every scheme in force, whole and by group.</summary>
    /// <param name="schemeId">Those of one scheme; null for all.</param>
    /// <param name="written">Told of each ranking, with its number of lines.</param>
    /// <param name="cancellationToken">Ends it early; what was written stays.</param>
    /// <returns>Number of rankings written.</returns>
    /// <exception cref="ApiException">DEPENDENCY_UNAVAILABLE: Redis does not answer.</exception>
    public async Task<int> RebuildAsync(Guid? schemeId, Action<RankingScope, int> written, CancellationToken cancellationToken)
    {
        await cache.ClearAsync(schemeId);
        var today = ChinaTime.Day(time.GetUtcNow());
        return await database.ReadAsync(
            async (connection, token) =>
            {
                var count = 0;
                var published = await SchemeStore.PublishedAsync(connection, token);
                foreach (var scheme in Scheme.InForce(published, today).Where(scheme => schemeId is null || scheme.Id == schemeId))
                {
                    foreach (var group in scheme.Terms.Groups.Prepend(null))
                    {
                        var scope = new RankingScope(scheme, Period.Of(today, scheme.PeriodKind), today, [scheme.Place], group);
                        var (version, rows) = await RankingStore.RankAsync(connection, scope, token);
                        await cache.WriteAsync(RankingCacheStore.Key(scope, version)!, rows);
                        written(scope, rows.Count);
                        count++;
                    }
                }

                return count;
            },
            cancellationToken);
    }

    private async Task<IReadOnlyList<Ranked>> RefreshAsync(NpgsqlConnection connection, RankingScope scope, CancellationToken cancellationToken)
    {
        var (version, rows) = await RankingStore.RankAsync(connection, scope, cancellationToken);
        try
        {
            if (RankingCacheStore.Key(scope, version) is { } key) await cache.WriteAsync(key, rows);
        }
        catch (ApiException)
        {
            RedisAway();
        }

        return rows;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis does not answer; rankings are served from the ledger")]
    private partial void RedisAway();
}
