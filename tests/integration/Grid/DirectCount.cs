using Dapper;
using Jiceng.Domain;
using Jiceng.Grid.Statistics;
using Jiceng.Grid.Statistics.Domain;
using Npgsql;

namespace Jiceng.IntegrationTests.Grid;

/// <summary>Statistics counted from the cases alone, case by case: what the service has to answer, written independently of how it counts.</summary>
internal static class DirectCount
{
    public static async Task<IReadOnlyList<CaseCounts>> CountAsync(
        NpgsqlConnection connection, IReadOnlyList<PlaceCode> within, StatisticsPeriod period, string category, GroupBy groupBy, DateTimeOffset now)
    {
        var days = groupBy == GroupBy.Day
            ? Enumerable.Range(0, period.End.DayNumber - period.Start.DayNumber + 1).Select(number => period.Start.AddDays(number)).ToList()
            : [period.Start];
        var key = groupBy switch
        {
            GroupBy.Node => "left(c.node_code, CASE length(r.low) WHEN 2 THEN 4 WHEN 4 THEN 6 ELSE length(r.low) + 3 END)",
            GroupBy.Category => "c.category",
            _ => "p.label",
        };
        return (await connection.QueryAsync<CaseCounts>(
            $"""
            SELECT {key} AS key,
                count(*) FILTER (WHERE c.report_time >= p.start AND c.report_time < p.stop) AS reported,
                count(*) FILTER (WHERE c.accept_time >= p.start AND c.accept_time < p.stop) AS accepted,
                count(*) FILTER (WHERE c.void_time >= p.start AND c.void_time < p.stop) AS voided,
                count(*) FILTER (WHERE c.close_time >= p.start AND c.close_time < p.stop) AS closed,
                count(*) FILTER (WHERE c.close_time >= p.start AND c.close_time < p.stop AND c.handle_time <= c.handle_due) AS closed_on_time,
                coalesce(sum((SELECT count(*) FROM case_step s
                    WHERE s.case_id = c.case_id AND s.verb = 'fail' AND s.step_time >= p.start AND s.step_time < p.stop)), 0)::bigint AS rework,
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
                labels = days.Select(day => groupBy == GroupBy.Day ? day.ToString("O") : "").ToArray(),
                starts = days.Select(day => ChinaTime.StartOf(day).UtcDateTime).ToArray(),
                stops = days.Select(day => ChinaTime.StartOf((groupBy == GroupBy.Day ? day : period.End).AddDays(1)).UtcDateTime).ToArray(),
                low = within.Select(place => place.Value).ToArray(),
                high = within.Select(place => place.Upper).ToArray(),
                category,
                now,
            })).Where(row => !row.IsEmpty).ToList();
    }
}
