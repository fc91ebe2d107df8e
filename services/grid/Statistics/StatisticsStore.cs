using System.Collections.Immutable;
using Dapper;
using Jiceng.Domain;
using Jiceng.Persistence;
using Npgsql;

namespace Jiceng.Grid.Statistics;

/// <summary>What statistics are split by.</summary>
internal enum GroupBy
{
    None,
    Node,
    Category,
    Day,
}

/// <summary>Counts cases in PostgreSQL.</summary>
internal static class StatisticsStore
{
    public static async Task<IReadOnlyList<CaseCounts>> CountAsync(
        NpgsqlConnection connection,
        ImmutableArray<PlaceCode> within,
        StatisticsPeriod period,
        string category,
        GroupBy groupBy,
        DateTimeOffset now,
        CancellationToken token)
    {
        var slices = period.Slices(groupBy == GroupBy.Day).ToList();
        var key = groupBy switch
        {
            GroupBy.Node => "left(c.node_code, CASE length(r.low) WHEN 2 THEN 4 WHEN 4 THEN 6 ELSE length(r.low) + 3 END)",
            GroupBy.Category => "c.category",
            _ => "p.label",
        };
        var counts = await connection.QueryAsync<CaseCounts>(new CommandDefinition(
            $"""
            SELECT {key} AS key,
                count(*) FILTER (WHERE c.report_time >= p.start AND c.report_time < p.stop) AS reported,
                count(*) FILTER (WHERE c.accept_time >= p.start AND c.accept_time < p.stop) AS accepted,
                count(*) FILTER (WHERE c.void_time >= p.start AND c.void_time < p.stop) AS voided,
                count(*) FILTER (WHERE c.close_time >= p.start AND c.close_time < p.stop) AS closed,
                count(*) FILTER (WHERE c.close_time >= p.start AND c.close_time < p.stop AND c.handle_time <= c.handle_due) AS closed_on_time,
                count(*) FILTER (WHERE c.rework_count > 0 AND EXISTS (
                    SELECT 1 FROM case_step s
                    WHERE s.case_id = c.case_id AND s.verb = 'fail' AND s.step_time >= p.start AND s.step_time < p.stop)) AS rework,
                count(*) FILTER (WHERE c.handle_time >= p.start AND c.handle_time < p.stop) AS to_verify,
                count(*) FILTER (WHERE c.handle_time >= p.start AND c.handle_time < p.stop AND c.verify_time <= c.verify_due) AS verified_on_time,
                count(*) FILTER (WHERE c.handle_due < least(p.stop, @now) AND (c.close_time IS NULL OR c.close_time >= p.stop) AND c.state NOT IN (5, 9)) AS overdue,
                count(*) FILTER (WHERE c.suspend_time < p.stop) AS suspended,
                percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM c.handle_time - c.report_time)::float8 / 3600)
                    FILTER (WHERE c.close_time >= p.start AND c.close_time < p.stop) AS median_hours,
                percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM c.handle_time - c.report_time)::float8 / 3600)
                    FILTER (WHERE c.close_time >= p.start AND c.close_time < p.stop) AS p95_hours,
                (avg(c.rating) FILTER (WHERE c.rate_time >= p.start AND c.rate_time < p.stop))::float8 AS mean_rating
            FROM unnest(@labels, @starts, @stops) AS p(label, start, stop)
            CROSS JOIN unnest(@low, @high) AS r(low, high)
            JOIN grid_case c ON c.node_code >= r.low COLLATE "C" AND c.node_code < r.high COLLATE "C"
            WHERE @category = '' OR c.category = @category OR starts_with(c.category, @category || '.')
            GROUP BY 1 ORDER BY 1
            """,
            new
            {
                labels = slices.Select(slice => slice.Label).ToArray(),
                starts = slices.Select(slice => slice.Start.UtcDateTime).ToArray(),
                stops = slices.Select(slice => slice.End.UtcDateTime).ToArray(),
                low = within.Lows(),
                high = within.Highs(),
                category,
                now,
            },
            cancellationToken: token));
        return counts.AsList();
    }
}
