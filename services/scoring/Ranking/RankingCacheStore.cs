using System.Globalization;
using Jiceng.Domain;
using Jiceng.Scoring.Points.Domain;
using Jiceng.Scoring.Ranking.Domain;
using Jiceng.Scoring.Subjects.Domain;
using StackExchange.Redis;

namespace Jiceng.Scoring.Ranking;

/// <summary>
/// Rankings in Redis: one sorted set for each scope, score = rank. Its key holds the version of the ledger that it was made from, and it
/// takes its name when it is whole, so a set that is there is right; when it is not there, or Redis is away, the ledger answers.
/// </summary>
internal sealed class RankingCacheStore(IConnectionMultiplexer redis)
{
    private const string Prefix = "jiceng:scoring:ranking:";

    // A set that nobody can ask for any more, because the ledger went on, goes by itself.
    private static readonly TimeSpan Keep = TimeSpan.FromHours(1);

    // One command of this many members keeps Redis from others for about a millisecond.
    private const int Chunk = 1000;

    // The client does not limit the time of asynchronous commands.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    /// <summary>Name of a scope; null when it has no set of its own because it is of several places.</summary>
    public static string? Key(RankingScope scope, string version) => scope.Places is [var place]
        ? $"{Prefix}{scope.Scheme.Id}:{scope.Period}:{version}:{place}:{scope.Group}"
        : null;

    /// <summary>A stretch of a ranking and its whole size; null when Redis does not have it.</summary>
    public async Task<(IReadOnlyList<Ranked> Rows, int Size)?> ReadAsync(string key, int position, int count)
    {
        try
        {
            var database = redis.GetDatabase();
            var size = database.SortedSetLengthAsync(key);
            var rows = database.SortedSetRangeByRankWithScoresAsync(key, position, position + count - 1L);
            await Task.WhenAll(size, rows).WaitAsync(Patience);
            return await size == 0 ? null : ([.. (await rows).Select(Read)], (int)await size);
        }
        catch (Exception failure) when (IsAway(failure))
        {
            return null;
        }
    }

    /// <summary>Writes a ranking. An empty one has no set.</summary>
    /// <exception cref="ApiException">DEPENDENCY_UNAVAILABLE: Redis does not answer.</exception>
    public async Task WriteAsync(string key, IReadOnlyCollection<Ranked> rows)
    {
        if (rows.Count == 0) return;
        try
        {
            var database = redis.GetDatabase();
            // The braces put both keys on the same node of a cluster.
            RedisKey written = $"{{{key}}}:{Guid.CreateVersion7()}";
            foreach (var chunk in rows.Chunk(Chunk))
            {
                var added = database.SortedSetAddAsync(written, [.. chunk.Select(row => new SortedSetEntry(Member(row), row.Rank))]);
                await Task.WhenAll(added, database.KeyExpireAsync(written, Keep)).WaitAsync(Patience);
            }

            await database.KeyRenameAsync(written, key).WaitAsync(Patience);
        }
        catch (Exception failure) when (IsAway(failure))
        {
            throw Unavailable();
        }
    }

    /// <summary>Drops all rankings, or those of one scheme.</summary>
    /// <exception cref="ApiException">DEPENDENCY_UNAVAILABLE: Redis does not answer.</exception>
    public async Task ClearAsync(Guid? schemeId)
    {
        try
        {
            foreach (var endpoint in redis.GetEndPoints())
            {
                var server = redis.GetServer(endpoint);
                if (server.IsReplica) continue;
                // SCAN in pages; the client has no asynchronous form of it.
                var keys = server.Keys(redis.GetDatabase().Database, $"{Prefix}{schemeId?.ToString() ?? ""}*", pageSize: 500).ToArray();
                await redis.GetDatabase().KeyDeleteAsync(keys);
            }
        }
        catch (Exception failure) when (IsAway(failure))
        {
            throw Unavailable();
        }
    }

    // Redis orders equal scores by member: a blank stands before all that ids are made of, so this is the order of the subjects.
    private static string Member(Ranked row) => $"{row.Subject} {row.Place} {PointsText.Format(row.Total)}";

    private static Ranked Read(SortedSetEntry entry)
    {
        var parts = ((string)entry.Element!).Split(' ');
        var subject = parts[0].Split(':', 2);
        return new Ranked(
            (int)entry.Score,
            new SubjectRef(EnumNames.Parse<SubjectKind>(subject[0]), subject[1]),
            PlaceCode.Parse(parts[1]),
            decimal.Parse(parts[2], CultureInfo.InvariantCulture));
    }

    private static bool IsAway(Exception failure) => failure is RedisConnectionException or RedisTimeoutException or TimeoutException
        or RedisServerException or TaskCanceledException;

    private static ApiException Unavailable() => CommonErrors.DependencyUnavailable.With(("dependency", "Redis")).Retry(TimeSpan.FromSeconds(2));
}
