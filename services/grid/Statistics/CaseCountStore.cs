using Dapper;
using Jiceng.Domain;
using Jiceng.Grid.Statistics.Domain;
using Jiceng.Persistence;
using Microsoft.Extensions.Options;

namespace Jiceng.Grid.Statistics;

/// <summary>What waits to be added to the counts: how many changes, and for how long the oldest.</summary>
internal sealed record CountsWaiting(long Changes, double LagSeconds);

/// <summary>A count that is not what the cases say.</summary>
internal sealed record CountDifference
{
    public required string Place { get; init; }

    public required DateOnly Start { get; init; }

    public required bool Monthly { get; init; }

    public required string Category { get; init; }

    public required int What { get; init; }

    public required long Counted { get; init; }

    public required long Expected { get; init; }
}

/// <summary>
/// Keeps the counts: adds the changes of cases to them, and begins to count the places below one that has had many cases. Each is a
/// transaction, one at a time in all replicas: done whole or not at all, and statistics are right before and after.
/// </summary>
internal sealed class CaseCountStore(Database database, IOptions<GridOptions> options)
{
    private const int Batch = 20_000;

    // The bytes of "counts".
    private const long Lock = 0x636F756E7473;
    private const int Patience = 3600;
    private static readonly WriteContext Context = new("jiceng/grid", "CountCases");

    /// <summary>All that counts and was added: the cases, less the changes that wait.</summary>
    private static readonly string Added =
        $"""
        SELECT {CountSql.Case} FROM grid_case c WHERE c.node_code >= @low AND c.node_code < @high
        UNION ALL
        SELECT {CountSql.SentBack} FROM case_step s JOIN grid_case c USING (case_id) WHERE s.verb = 'fail' AND c.node_code >= @low AND c.node_code < @high
        UNION ALL
        SELECT -{CountSql.Delta} FROM case_delta d WHERE d.node_code >= @low AND d.node_code < @high
        """;

    private const string Counted =
        """
        SELECT left(part.node_code, l.length) AS place
        FROM (VALUES (0, NULL), (2, 0), (4, 2), (6, 4), (9, 6), (12, 9), (15, 12)) AS l (length, above)
        WHERE l.length <= length(part.node_code)
          AND (l.length = 0 OR EXISTS (SELECT FROM counted_place u WHERE u.place = left(part.node_code, l.above) AND u.split))
        """;

    // What lies deeper has no counts. Below a place that is split the first case makes them, so it is one level more than there may be rows of.
    private const string Deepest =
        "(SELECT coalesce(max(CASE length(place) WHEN 0 THEN 2 WHEN 2 THEN 4 WHEN 4 THEN 6 ELSE length(place) + 3 END), 0) FROM counted_place WHERE split)";

    private const string OneLevel = "SELECT part.node_code AS place WHERE length(part.node_code) = @depth";

    private static readonly string Fold =
        $"""
        WITH taken AS (DELETE FROM case_delta WHERE ctid = ANY (ARRAY(SELECT ctid FROM case_delta LIMIT @batch)) RETURNING *),
        {Cells($"SELECT {CountSql.Delta} FROM taken d", Counted, Deepest)}, {Add()}
        SELECT count(*) FROM taken
        """;

    private static readonly string Fill = $"WITH {Cells(Added, OneLevel, "@depth")}, {Add()} UPDATE counted_place SET split = true WHERE place = @parent";

    private static readonly string Compare =
        $"""
        WITH {Cells(Added, Counted, Deepest)}, stored AS (
            SELECT c.place, c.by_category, c.monthly, c.start, c.category, w.what, w.number::bigint AS number, w.amount::bigint AS amount
            FROM case_count c CROSS JOIN LATERAL (VALUES {CountSql.Unpivot("c.")}) AS w (what, number, amount)
            UNION ALL
            SELECT place, by_category, monthly, start, category, t.class, t.number, t.micros
            FROM case_hours CROSS JOIN LATERAL unnest(classes, numbers, micros) AS t (class, number, micros)
        )
        SELECT place, start, monthly, category, what, coalesce(stored.number, 0) AS counted, coalesce(cell.number, 0) AS expected
        FROM cell FULL JOIN stored USING (place, by_category, monthly, start, category, what)
        WHERE coalesce(cell.number, 0) <> coalesce(stored.number, 0) OR coalesce(cell.amount, 0) <> coalesce(stored.amount, 0)
        ORDER BY place, start, monthly, category, what
        """;

    public Task<CountsWaiting> WaitingAsync(CancellationToken cancellationToken) => database.ReadAsync(
        (connection, inner) => connection.QuerySingleAsync<CountsWaiting>(new CommandDefinition(
            "SELECT count(*) AS changes, coalesce(extract(epoch FROM now() - min(delta_time)), 0)::float8 AS lag_seconds FROM case_delta",
            cancellationToken: inner)),
        cancellationToken);

    /// <summary>Cases everywhere that are overdue by the end of the day.</summary>
    public Task<long> OverdueAsync(DateOnly day, CancellationToken cancellationToken) => database.ReadAsync(
        (connection, inner) => connection.ExecuteScalarAsync<long>(new CommandDefinition(
            """
            SELECT coalesce(sum(overdue), 0)::bigint FROM case_count
            WHERE place = '' AND NOT by_category AND (monthly AND start < @month OR NOT monthly AND start BETWEEN @month AND @day)
            """,
            new { day, month = new DateOnly(day.Year, day.Month, 1) },
            cancellationToken: inner)),
        cancellationToken);

    /// <summary>Adds changes to the counts, or begins to count places.</summary>
    /// <returns>Whether there may be more to do; false also while another replica is at it.</returns>
    public Task<bool> FoldAsync(CancellationToken cancellationToken) => database.WriteAsync(
        Context,
        async (work, inner) =>
        {
            if (!await ScalarAsync<bool>(work, $"SELECT pg_try_advisory_xact_lock({Lock})", null, inner)) return false;
            await SuitManyAsync(work, inner);
            return await GrowAsync(work, inner)
                || await ScalarAsync<long>(work, Fold, new { batch = Batch }, inner) == Batch;
        },
        cancellationToken);

    /// <summary>Throws the counts away and counts all cases again.</summary>
    public async Task RebuildAsync(Action<string> report, CancellationToken cancellationToken)
    {
        await database.WriteAsync(
            Context,
            async (work, inner) =>
            {
                await LockAsync(work, inner);
                return await ScalarAsync<object>(work, "DELETE FROM case_hours; DELETE FROM case_count; DELETE FROM counted_place", null, inner);
            },
            cancellationToken);
        for (var more = true; more;)
        {
            more = await database.WriteAsync(
                Context,
                async (work, inner) =>
                {
                    await LockAsync(work, inner);
                    return await GrowAsync(work, inner, report);
                },
                cancellationToken);
        }
    }

    /// <summary>Compares the counts with the cases.</summary>
    public Task<IReadOnlyList<CountDifference>> CompareAsync(CancellationToken cancellationToken) => database.WriteAsync(
        Context,
        async (work, inner) =>
        {
            // Nobody adds to the counts meanwhile; what waits is left out on both sides.
            await LockAsync(work, inner);
            if (!await ScalarAsync<bool>(work, "SELECT EXISTS (SELECT FROM counted_place)", null, inner)) return [];
            var range = Range(CountedPlaces.All);
            return (IReadOnlyList<CountDifference>)(await work.Connection.QueryAsync<CountDifference>(Command(
                work, Compare, new { low = range.Low, high = range.High }, inner))).AsList();
        },
        cancellationToken);

    /// <summary>Counts one place that is to be counted, or what lies below one.</summary>
    private async Task<bool> GrowAsync(UnitOfWork work, CancellationToken cancellationToken, Action<string>? report = null)
    {
        if (!await ScalarAsync<bool>(work, "SELECT EXISTS (SELECT FROM counted_place WHERE place = '')", null, cancellationToken))
        {
            await FillAsync(work, null, 0, cancellationToken);
            await ScalarAsync<object>(work, "INSERT INTO counted_place VALUES ('', NULL, 0, false) ON CONFLICT (place) DO NOTHING", null, cancellationToken);
            report?.Invoke("all places together");
            return true;
        }

        var large = await ScalarAsync<string?>(
            work,
            $"SELECT place FROM counted_place WHERE NOT split AND cases >= @from AND length(place) < {(int)PlaceLevel.MicroGrid} ORDER BY cases DESC LIMIT 1",
            new { from = options.Value.CountFrom },
            cancellationToken);
        if (large is null) return false;
        await FillAsync(work, large, CountedPlaces.LengthBelow(large), cancellationToken);
        report?.Invoke(large.Length == 0 ? "the provinces" : $"the places in {large}");
        return true;
    }

    private static async Task FillAsync(UnitOfWork work, string? parent, int depth, CancellationToken cancellationToken)
    {
        var range = Range(parent ?? CountedPlaces.All);
        await work.Connection.ExecuteAsync(Command(work, Fill, new { parent, depth, low = range.Low, high = range.High }, cancellationToken));
    }

    private static (string Low, string High) Range(string place) => place.Length == 0 ? ("", ":") : (place, PlaceCode.Parse(place).Upper);

    private static async Task LockAsync(UnitOfWork work, CancellationToken cancellationToken)
    {
        await ScalarAsync<object>(work, $"SELECT pg_advisory_xact_lock({Lock})", null, cancellationToken);
        await SuitManyAsync(work, cancellationToken);
    }

    /// <summary>Memory for the groups of many cases; and to compile these long commands would take longer than most of them do.</summary>
    private static async Task SuitManyAsync(UnitOfWork work, CancellationToken cancellationToken) =>
        await ScalarAsync<object>(work, "SELECT set_config('work_mem', '64MB', true), set_config('jit', 'off', true)", null, cancellationToken);

    private static async Task<T> ScalarAsync<T>(UnitOfWork work, string sql, object? values, CancellationToken cancellationToken) =>
        (await work.Connection.ExecuteScalarAsync<T>(Command(work, sql, values, cancellationToken)))!;

    private static CommandDefinition Command(UnitOfWork work, string sql, object? values, CancellationToken cancellationToken) =>
        new(sql, values, work.Transaction, Patience, cancellationToken: cancellationToken);

    /// <summary>What a source adds to each count, as the rows of <c>cell</c>.</summary>
    private static string Cells(string source, string places, string depth) =>
        $"""
        source AS ({source}),
        part AS (
            SELECT left(s.node_code, {depth}) AS node_code, s.category, {CountSql.Day("e.time")} AS day, e.what,
                sum(s.weight * e.sign)::bigint AS number, sum(s.weight * e.amount)::bigint AS amount
            FROM source s CROSS JOIN LATERAL {CountSql.Events}
            WHERE e.time IS NOT NULL
            GROUP BY 1, 2, 3, 4 HAVING sum(s.weight * e.sign) <> 0 OR sum(s.weight * e.amount) <> 0
        ),
        placed AS (
            SELECT at.place, part.category, part.day, part.day - extract(day FROM part.day)::int + 1 AS month, part.what, part.number, part.amount
            FROM part CROSS JOIN LATERAL ({places}) at
        ),
        cell AS (
            SELECT place, GROUPING(category) = 0 AS by_category, GROUPING(day) = 1 AS monthly, coalesce(day, month) AS start, coalesce(category, '') AS category, what,
                sum(number)::bigint AS number, sum(amount)::bigint AS amount
            FROM placed GROUP BY GROUPING SETS ((place, what, day), (place, what, month), (place, what, day, category), (place, what, month, category))
            HAVING sum(number) <> 0 OR sum(amount) <> 0
        )
        """;

    /// <summary>Adds the rows of <c>cell</c> to the counts.</summary>
    private static string Add() =>
        $"""
        counts AS (
            INSERT INTO case_count AS c (place, by_category, monthly, start, category, {string.Join(", ", CountSql.AllColumns)})
            SELECT place, by_category, monthly, start, category, {CountSql.Pivot()}
            FROM cell WHERE what < {HandlingTime.FirstClass} GROUP BY 1, 2, 3, 4, 5
            ON CONFLICT (place, by_category, monthly, start, category)
            DO UPDATE SET {string.Join(", ", CountSql.AllColumns.Select(column => $"{column} = c.{column} + excluded.{column}"))}
        ), times AS (
            INSERT INTO case_hours AS c (place, by_category, monthly, start, category, classes, numbers, micros)
            SELECT place, by_category, monthly, start, category, array_agg(what ORDER BY what), array_agg(number ORDER BY what), array_agg(amount ORDER BY what)
            FROM cell WHERE what >= {HandlingTime.FirstClass} GROUP BY 1, 2, 3, 4, 5
            ON CONFLICT (place, by_category, monthly, start, category) DO UPDATE SET (classes, numbers, micros) = (
                SELECT coalesce(array_agg(t.class ORDER BY t.class), ARRAY[]::smallint[]), coalesce(array_agg(t.number ORDER BY t.class), ARRAY[]::int[]), coalesce(array_agg(t.micros ORDER BY t.class), ARRAY[]::bigint[])
                FROM (
                    SELECT u.class, sum(u.number)::int AS number, sum(u.micros)::bigint AS micros
                    FROM (SELECT * FROM unnest(c.classes, c.numbers, c.micros) UNION ALL SELECT * FROM unnest(excluded.classes, excluded.numbers, excluded.micros)) AS u (class, number, micros)
                    GROUP BY 1 HAVING sum(u.number) <> 0 OR sum(u.micros) <> 0
                ) t)
        ), places AS (
            INSERT INTO counted_place AS c (place, parent, cases, split)
            SELECT place, left(place, CASE length(place) WHEN 0 THEN NULL WHEN 2 THEN 0 WHEN 4 THEN 2 WHEN 6 THEN 4 ELSE length(place) - 3 END),
                coalesce(sum(number) FILTER (WHERE what = {(int)Statistics.Domain.Counted.Reported}), 0), false
            FROM cell WHERE NOT by_category AND NOT monthly GROUP BY 1
            ON CONFLICT (place) DO UPDATE SET cases = c.cases + excluded.cases
        )
        """;
}
