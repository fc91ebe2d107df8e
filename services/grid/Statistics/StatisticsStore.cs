using System.Collections.Immutable;
using System.Data;
using System.Globalization;
using Dapper;
using Jiceng.Domain;
using Jiceng.Grid.Cases;
using Jiceng.Grid.Statistics.Domain;
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

/// <summary>
/// Reads statistics from PostgreSQL: counts, and what they lack, in one snapshot; so they hold a change as soon as it is committed.
/// </summary>
internal static class StatisticsStore
{
    // What the searches below cost is overrated, since how many rows a place has is not known; compiling them took longer than all of them.
    // The searches are written so that one plan suits all values; to plan them for each call would take as long as to run them.
    private const string Places =
        """
        SET LOCAL jit = off;
        SET LOCAL plan_cache_mode = force_generic_plan;
        SELECT length FROM counted_level;
        SELECT parent, place FROM place_with_counts WHERE parent = ANY(@parents)
        """;

    private const string OfCategory = "(@category = '' OR c.category = @category OR starts_with(c.category, @category || '.'))";

    private const string Terms =
        """
        FROM unnest(@keys, @places) AS p (key, place)
        CROSS JOIN unnest(@monthly, @firsts, @lasts, @standing) AS s (monthly, first, last, standing)
        """;

    private const string Key = "p.key || CASE WHEN @byCategory THEN c.category ELSE '' END AS key, CASE WHEN @byDay THEN greatest(c.start, @before) END AS day";

    // OFFSET 0 has each span, and below each place and case, searched in the index, however many of them PostgreSQL expects.
    private const string InSpan =
        $"""
        WHERE c.place = p.place COLLATE "C" AND c.by_category = NOT @anyCategory AND c.monthly = s.monthly AND c.start >= s.first AND c.start <= s.last
          AND {OfCategory} OFFSET 0
        """;

    private static readonly string Counts =
        $"""
        WITH cell AS (
            SELECT {Key}, s.standing, {string.Join(", ", CountSql.AllColumns.Select(column => $"sum(c.{column}) AS {column}"))}
            {Terms} CROSS JOIN LATERAL (SELECT * FROM case_count c {InSpan}) c
            GROUP BY 1, 2, 3
        )
        SELECT key, day, w.what, w.number::bigint, w.amount::bigint FROM cell
        CROSS JOIN LATERAL (VALUES {CountSql.Unpivot("")}) AS w (what, number, amount)
        WHERE standing = (w.what {CountSql.Standing}) AND (w.number <> 0 OR w.amount <> 0)
        """;

    // Hundreds of classes in each row, which are added up here: PostgreSQL would make a row of each before.
    private const string Times =
        $"""
        SELECT {Key}, c.classes, c.numbers, c.micros
        {Terms} CROSS JOIN LATERAL (SELECT * FROM case_hours c {InSpan}) c
        WHERE NOT s.standing
        """;

    /// <summary>What has no counts: the cases of places without, and the changes that were not added to those of the others.</summary>
    private static readonly string Cases =
        $"""
        WITH place AS (SELECT * FROM unnest(@low, @high, @length, @counted) AS r (low, high, length, counted)),
        few AS (
            SELECT r.length, c.* FROM place r CROSS JOIN LATERAL (
                SELECT * FROM grid_case g WHERE g.node_code >= r.low COLLATE "C" AND g.node_code < r.high COLLATE "C" OFFSET 0) c
            WHERE NOT r.counted AND {OfCategory}
              -- Nothing happened in the period with what ended before it, and it does not stand as overdue or suspended either.
              AND (c.close_time IS NULL OR greatest(c.close_time, c.rate_time) >= @start) AND (c.void_time IS NULL OR c.void_time >= @start)
        ),
        source AS (
            SELECT c.length, {CountSql.Case} FROM few c
            UNION ALL
            SELECT c.length, {CountSql.SentBack} FROM few c CROSS JOIN LATERAL (
                SELECT s.step_time FROM case_step s WHERE s.case_id = c.case_id AND s.verb = 'fail' OFFSET 0) s
            WHERE c.rework_count > 0
            UNION ALL
            SELECT r.length, {CountSql.Delta} FROM place r JOIN case_delta d ON d.node_code >= r.low COLLATE "C" AND d.node_code < r.high COLLATE "C"
            WHERE r.counted AND {OfCategory.Replace("c.", "d.", StringComparison.Ordinal)}
        )
        SELECT CASE WHEN @byCategory THEN s.category ELSE left(s.node_code, s.length) END AS key,
            CASE WHEN @byDay THEN greatest({CountSql.Day("e.time")}, @before) END AS day,
            e.what, sum(s.weight * e.sign)::bigint AS number, sum(s.weight * e.amount)::bigint AS amount
        FROM source s CROSS JOIN LATERAL {CountSql.Events}
        WHERE CASE WHEN e.what {CountSql.Standing} THEN e.time < @standingStop ELSE e.time >= @start AND e.time < @stop END
        GROUP BY 1, 2, 3
        """;

    /// <summary>Counts know days: what is due later today is not overdue yet.</summary>
    private static readonly string DueLater =
        $"""
        SELECT CASE WHEN @byCategory THEN c.category ELSE left(c.node_code, r.length) END AS key, CASE WHEN @byDay THEN greatest(@today, @before) END AS day,
            {(int)Counted.Overdue} AS what, -count(*) AS number, 0::bigint AS amount
        FROM (
            SELECT c.node_code, c.category FROM grid_case c
            WHERE @toCome AND c.handle_due >= @now AND c.handle_due < @tomorrow AND c.state {CaseStateSql.ToClose} AND NOT c.handle_overdue_raised AND {OfCategory}
            OFFSET 0
        ) c JOIN unnest(@low, @high, @length) AS r (low, high, length) ON c.node_code >= r.low COLLATE "C" AND c.node_code < r.high COLLATE "C"
        GROUP BY 1, 2
        """;

    public static async Task<IReadOnlyList<CaseCounts>> CountAsync(
        NpgsqlConnection connection,
        ImmutableArray<PlaceCode> within,
        StatisticsPeriod period,
        string category,
        GroupBy groupBy,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        // One snapshot for all: what is added to the counts in between is neither missed nor seen twice.
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var (byNode, byDay, byCategory) = (groupBy == GroupBy.Node, groupBy == GroupBy.Day, groupBy == GroupBy.Category);
        var places = await PlacesAsync(connection, snapshot, within, byNode, cancellationToken);
        var today = ChinaTime.Day(now);
        var spans = period.Spans(today, byDay).ToList();
        using var answer = await connection.QueryMultipleAsync(new CommandDefinition(
            string.Join(";\n", Counts, Times, Cases, DueLater),
            new
            {
                keys = places.Terms.Select(term => term.Key).ToArray(),
                places = places.Terms.Select(term => term.Place).ToArray(),
                monthly = spans.Select(span => span.Monthly).ToArray(),
                firsts = spans.Select(span => span.First).ToArray(),
                lasts = spans.Select(span => span.Last).ToArray(),
                standing = spans.Select(span => span.Standing).ToArray(),
                low = places.Ranges.Select(range => range.Place).Lows(),
                high = places.Ranges.Select(range => range.Place).Highs(),
                length = places.Ranges.Select(range => range.KeyLength).ToArray(),
                counted = places.Ranges.Select(range => range.Counted).ToArray(),
                byDay,
                byCategory,
                anyCategory = !byCategory && category.Length == 0,
                category,
                before = period.Start.AddDays(-1),
                start = ChinaTime.StartOf(period.Start),
                stop = ChinaTime.StartOf(period.End.AddDays(1)),
                standingStop = ChinaTime.StartOf(period.Standing(today).AddDays(1)),
                now,
                today,
                tomorrow = ChinaTime.StartOf(today.AddDays(1)),
                toCome = period.End >= today,
            },
            snapshot,
            cancellationToken: cancellationToken));
        var found = new List<Found>();
        while (!answer.IsConsumed) found.AddRange(await answer.ReadAsync<Found>());
        return byDay ? ByDay(found, period) : ByKey(found);
    }

    private static async Task<CountedPlaces> PlacesAsync(
        NpgsqlConnection connection, NpgsqlTransaction snapshot, ImmutableArray<PlaceCode> within, bool byNode, CancellationToken cancellationToken)
    {
        string[] parents = byNode ? within.Lows() : [CountedPlaces.All];
        using var answer = await connection.QueryMultipleAsync(new CommandDefinition(Places, new { parents }, snapshot, cancellationToken: cancellationToken));
        var counted = (await answer.ReadAsync<int>()).ToHashSet();
        var below = (await answer.ReadAsync<(string Parent, string Place)>()).ToLookup(one => one.Parent, one => one.Place);
        return CountedPlaces.Of(within, counted, below, byNode);
    }

    private static List<CaseCounts> ByKey(IEnumerable<Found> found)
    {
        var tallies = new SortedDictionary<string, CaseTally>(StringComparer.Ordinal);
        foreach (var row in found)
        {
            if (!tallies.TryGetValue(row.Key, out var tally)) tallies[row.Key] = tally = new CaseTally();
            row.AddTo(tally);
        }

        return [.. tallies.Select(one => one.Value.ToCounts(one.Key))];
    }

    /// <summary>What stands at the end of a day is what stood before the first one and came since.</summary>
    private static List<CaseCounts> ByDay(IEnumerable<Found> found, StatisticsPeriod period)
    {
        var rows = found.ToLookup(row => row.Day);
        var (days, standing) = (new List<CaseCounts>(), new CaseTally());
        foreach (var row in rows[period.Start.AddDays(-1)]) row.AddTo(standing);
        for (var day = period.Start; day <= period.End; day = day.AddDays(1))
        {
            var tally = new CaseTally();
            foreach (var row in rows[day]) row.AddTo(row.What is (int)Counted.Overdue or (int)Counted.Suspended ? standing : tally);
            var stands = standing.ToCounts("");
            days.Add(tally.ToCounts(day.ToString("O", CultureInfo.InvariantCulture)) with { Overdue = stands.Overdue, Suspended = stands.Suspended });
        }

        return days;
    }

    /// <summary>So many of something, or handling times, in a group and on a day when days are asked for.</summary>
    private sealed class Found
    {
        public string Key { get; set; } = "";

        public DateOnly? Day { get; set; }

        public int What { get; set; }

        public long Number { get; set; }

        public long Amount { get; set; }

        public short[]? Classes { get; set; }

        public int[] Numbers { get; set; } = [];

        public long[] Micros { get; set; } = [];

        public void AddTo(CaseTally tally)
        {
            if (Classes is null) tally.Add(What, Number, Amount);
            else for (var i = 0; i < Classes.Length; i++) tally.Add(Classes[i], Numbers[i], Micros[i]);
        }
    }
}
