using System.Data;
using Dapper;
using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Scoring.Points.Domain;
using Jiceng.Scoring.Ranking.Domain;
using Jiceng.Scoring.Schemes.Domain;
using Jiceng.Scoring.Subjects.Domain;
using Npgsql;

namespace Jiceng.Scoring.Ranking;

/// <summary>What is ranked: a scheme's groups, or one of them, in places, in a period up to a day.</summary>
/// <param name="Scheme">The version whose base points, groups and tie-breaks count.</param>
/// <param name="Period">The period.</param>
/// <param name="Until">Its last day, or today while it runs: who joins later is not ranked yet.</param>
/// <param name="Places">Places with all below them.</param>
/// <param name="Group">One group, or null for all of the scheme.</param>
internal sealed record RankingScope(Scheme Scheme, Period Period, DateOnly Until, IReadOnlyList<PlaceCode> Places, string? Group);

/// <summary>Rankings as the ledger has them: always right.</summary>
internal static class RankingStore
{
    /// <summary>Version topic of the memberships of groups.</summary>
    public const string Members = "members";

    // Rows that one topic is counted in.
    private const int Shards = 16;

    /// <summary>Version topic of a scheme's entries in a period.</summary>
    public static string Topic(Guid schemeId, string period) => $"{schemeId}:{period}";

    /// <summary>Counts a change, with the transaction that makes it: rankings made before are no longer served.</summary>
    public static void TouchOnCommit(UnitOfWork work, IEnumerable<string> topics)
    {
        // One statement for each topic, in order, at the end of the transaction: the locks are short and never cross. Each connection
        // counts in a row that few others share, so that they need not wait for each other's commit.
        foreach (var topic in topics)
        {
            work.ExecuteOnCommit(
                $"""
                INSERT INTO ranking_version (topic, version) VALUES (@topic || '#' || pg_backend_pid() % {Shards}, 1)
                ON CONFLICT (topic) DO UPDATE SET version = ranking_version.version + 1
                """,
                new { topic });
        }
    }

    /// <summary>What the ranking is made from now: changes whenever the ranking may have.</summary>
    public static async Task<string> VersionAsync(NpgsqlConnection connection, RankingScope scope, CancellationToken cancellationToken)
    {
        var (entries, members) = await connection.QuerySingleAsync<(long, long)>(new CommandDefinition(
            """
            SELECT COALESCE((SELECT sum(version)::bigint FROM ranking_version WHERE topic = ANY (@entries)), 0),
                COALESCE((SELECT sum(version)::bigint FROM ranking_version WHERE topic = ANY (@members)), 0)
            """,
            new { entries = Rows(Topic(scope.Scheme.Id, scope.Period.ToString())), members = Rows(Members) }, cancellationToken: cancellationToken));
        return $"{scope.Scheme.Version}.{scope.Until.DayNumber}.{entries}.{members}";
    }

    /// <summary>The ranking, and the version that it was made from, in one snapshot.</summary>
    public static async Task<(string Version, IReadOnlyList<Ranked> Rows)> RankAsync(
        NpgsqlConnection connection, RankingScope scope, CancellationToken cancellationToken)
    {
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var version = await VersionAsync(connection, scope, cancellationToken);
        var rows = await connection.QueryAsync<StandingRow>(new CommandDefinition(
            """
            WITH place AS (SELECT * FROM unnest(@lows, @highs) AS place (low, high)),
            member AS (
                SELECT m.subject_id, min(m.place_code) AS place_code
                FROM membership m JOIN subject s ON s.kind = m.kind AND s.id = m.subject_id
                JOIN place ON m.place_code >= low AND m.place_code < high
                WHERE m.kind = @kind AND m.group_name = ANY (@groups) AND starts_with(m.place_code, @schemePlace)
                  AND (m.from_day IS NULL OR m.from_day <= @until) AND (m.until_day IS NULL OR m.until_day >= @first)
                GROUP BY m.subject_id),
            scored AS (
                SELECT subject_id, min(place_code) AS place_code
                FROM ledger_entry JOIN place ON place_code >= low AND place_code < high
                WHERE scheme_id = @schemeId AND period = @period AND kind = @kind AND group_name = ANY (@groups)
                GROUP BY subject_id),
            score AS (
                SELECT subject_id, sum(points) AS points,
                    -COALESCE(sum(points) FILTER (WHERE (points < 0) = (corrects_id IS NULL)), 0) AS deducted,
                    (count(*) FILTER (WHERE points > 0 AND corrects_id IS NULL)
                        - count(*) FILTER (WHERE points < 0 AND corrects_id IS NOT NULL))::int AS award_count
                FROM ledger_entry WHERE scheme_id = @schemeId AND period = @period AND kind = @kind AND points <> 0
                GROUP BY subject_id)
            SELECT subject_id, COALESCE(member.place_code, scored.place_code) AS place_code, COALESCE(points, 0) AS points,
                COALESCE(deducted, 0) AS deducted, COALESCE(award_count, 0) AS award_count
            FROM member FULL JOIN scored USING (subject_id) LEFT JOIN score USING (subject_id)
            """,
            new
            {
                lows = scope.Places.Lows(),
                highs = scope.Places.Highs(),
                kind = scope.Scheme.SubjectKind.Text(),
                groups = scope.Group is { } group ? [group] : scope.Scheme.Terms.Groups.ToArray(),
                schemePlace = scope.Scheme.Place.Value,
                schemeId = scope.Scheme.Id,
                period = scope.Period.ToString(),
                first = scope.Period.First,
                until = scope.Until,
            },
            // As long as the caller waits: a million subjects take longer than other commands may.
            snapshot, commandTimeout: 0, cancellationToken: cancellationToken));
        var standings = rows.Select(row => new Standing(
            new SubjectRef(scope.Scheme.SubjectKind, row.SubjectId), Jiceng.Domain.PlaceCode.Parse(row.PlaceCode), scope.Scheme.Terms.BasePoints + row.Points,
            row.Deducted, row.AwardCount));
        return (version, Ranker.Rank(standings, scope.Scheme.Terms.TieBreaks));
    }

    /// <summary>Whether base points count for a subject in the period: it is a member, or was scored as one.</summary>
    public static Task<bool> IsRankedAsync(NpgsqlConnection connection, Scheme scheme, Period period, DateOnly until, SubjectRef subject, CancellationToken cancellationToken) =>
        connection.QuerySingleAsync<bool>(new CommandDefinition(
            """
            SELECT EXISTS (
                SELECT 1 FROM membership WHERE kind = @kind AND subject_id = @id AND group_name = ANY (@groups) AND starts_with(place_code, @place)
                  AND (from_day IS NULL OR from_day <= @until) AND (until_day IS NULL OR until_day >= @first))
              OR EXISTS (
                SELECT 1 FROM ledger_entry WHERE kind = @kind AND subject_id = @id AND scheme_id = @schemeId AND period = @period)
            """,
            new
            {
                kind = subject.Kind.Text(),
                id = subject.Id,
                groups = scheme.Terms.Groups.ToArray(),
                place = scheme.Place.Value,
                until,
                first = period.First,
                schemeId = scheme.Id,
                period = period.ToString(),
            },
            cancellationToken: cancellationToken));

    // The row without a number is that of version 0.1.
    private static string[] Rows(string topic) => [topic, .. Enumerable.Range(0, Shards).Select(shard => $"{topic}#{shard}")];

    private sealed class StandingRow
    {
        public string SubjectId { get; init; } = "";

        public string PlaceCode { get; init; } = "";

        public decimal Points { get; init; }

        public decimal Deducted { get; init; }

        public int AwardCount { get; init; }
    }
}
