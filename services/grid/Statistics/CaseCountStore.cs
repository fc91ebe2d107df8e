using Dapper;
using Jiceng.Domain;
using Jiceng.Grid.Statistics.Domain;
using Jiceng.Persistence;

namespace Jiceng.Grid.Statistics;

/// <summary>What waits to be added to the counts: how many changes, and for how long the oldest.</summary>
internal sealed record CountsWaiting(long Changes, double LagSeconds);

/// <summary>A count that differs from the cases.</summary>
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
/// Keeps the counts: adds the changes of cases to them, after it has counted each level of places once. Each is a transaction, one at a time
/// in all replicas: done whole or not at all, and statistics are right before and after.
/// </summary>
internal sealed class CaseCountStore(Database database)
{
    private const int Batch = 20_000;

    // The bytes of "counts".
    private const long Lock = 0x636F756E7473;
    private const int Patience = 3600;
    private static readonly WriteContext Context = new("jiceng/grid", "CountCases");

    /// <summary>All that counts and was added: the cases, less the changes that wait.</summary>
    private static readonly string Added =
        $"""
        SELECT {CountSql.Case} FROM grid_case c
        UNION ALL
        SELECT {CountSql.SentBack} FROM case_step s JOIN grid_case c USING (case_id) WHERE s.verb = 'fail'
        UNION ALL
        SELECT -{CountSql.Delta} FROM case_delta d
        """;

    private static readonly string Fold =
        $"""
        WITH taken AS (DELETE FROM case_delta WHERE ctid = ANY (ARRAY(SELECT ctid FROM case_delta LIMIT @batch)) RETURNING *),
        {Cells($"SELECT {CountSql.Delta} FROM taken d")}, {Add()}
        SELECT count(*) FROM taken
        """;

    private static readonly string Fill = $"WITH {Cells(Added)}, {Add()} INSERT INTO counted_level SELECT unnest(@levels)";

    private static readonly string Compare =
        $"""
        WITH {Cells(Added)}, stored AS (
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

    /// <summary>Counts a level of places that is not counted yet, or else adds changes to the counts.</summary>
    /// <returns>Whether there may be more to do; false also while another replica is at it.</returns>
    public Task<bool> FoldAsync(CancellationToken cancellationToken) => database.WriteAsync(
        Context,
        async (work, inner) =>
        {
            if (!await ScalarAsync<bool>(work, $"SELECT pg_try_advisory_xact_lock({Lock})", null, inner)) return false;
            await SuitManyAsync(work, inner);
            return await CountLevelAsync(work, inner) is not null
                || await ScalarAsync<long>(work, Fold, LevelValues(CountedPlaces.Levels), inner) == Batch;
        },
        cancellationToken);

    /// <summary>Throws the counts away and counts all cases again.</summary>
    /// <param name="report">Gets each level, as the digits of its places, once it is counted.</param>
    /// <param name="cancellationToken">Ends it early; the job counts the remaining levels.</param>
    public async Task RebuildAsync(Action<int> report, CancellationToken cancellationToken)
    {
        await database.WriteAsync(
            Context,
            async (work, inner) =>
            {
                await LockAsync(work, inner);
                return await ScalarAsync<object>(work, "DELETE FROM case_hours; DELETE FROM case_count; DELETE FROM place_with_counts; DELETE FROM counted_level", null, inner);
            },
            cancellationToken);
        while (await CountLevelAsync(cancellationToken) is { } level) report(level);
    }

    /// <summary>Compares the counts with the cases.</summary>
    public Task<IReadOnlyList<CountDifference>> CompareAsync(CancellationToken cancellationToken) => database.WriteAsync(
        Context,
        async (work, inner) =>
        {
            // Nobody adds to the counts meanwhile; what waits is left out on both sides.
            await LockAsync(work, inner);
            var counted = await CountedAsync(work, inner);
            return (IReadOnlyList<CountDifference>)(await work.Connection.QueryAsync<CountDifference>(Command(work, Compare, LevelValues(counted), inner))).AsList();
        },
        cancellationToken);

    private Task<int?> CountLevelAsync(CancellationToken cancellationToken) => database.WriteAsync(
        Context,
        async (work, inner) =>
        {
            await LockAsync(work, inner);
            return await CountLevelAsync(work, inner);
        },
        cancellationToken);

    /// <summary>Counts the first level that is not counted yet; null when all are.</summary>
    private static async Task<int?> CountLevelAsync(UnitOfWork work, CancellationToken cancellationToken)
    {
        var missing = CountedPlaces.Levels.Except(await CountedAsync(work, cancellationToken)).ToList();
        if (missing.Count == 0) return null;
        await work.Connection.ExecuteAsync(Command(work, Fill, LevelValues([missing[0]]), cancellationToken));
        return missing[0];
    }

    private static async Task<IReadOnlyList<int>> CountedAsync(UnitOfWork work, CancellationToken cancellationToken) =>
        (await work.Connection.QueryAsync<int>(Command(work, "SELECT length FROM counted_level", null, cancellationToken))).AsList();

    private static object LevelValues(IReadOnlyList<int> levels) => new
    {
        batch = Batch,
        levels = levels.ToArray(),
        above = levels.Select(CountedPlaces.LengthAbove).ToArray(),
        deepest = levels.DefaultIfEmpty().Max(),
    };

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

    /// <summary>What a source adds to each count of the levels, as the rows of <c>cell</c>.</summary>
    private static string Cells(string source) =>
        $"""
        source AS ({source}),
        part AS (
            SELECT left(s.node_code, @deepest) AS node_code, s.category, {CountSql.Day("e.time")} AS day, e.what,
                sum(s.weight * e.sign)::bigint AS number, sum(s.weight * e.amount)::bigint AS amount
            FROM source s CROSS JOIN LATERAL {CountSql.Events}
            WHERE e.time IS NOT NULL
            GROUP BY 1, 2, 3, 4 HAVING sum(s.weight * e.sign) <> 0 OR sum(s.weight * e.amount) <> 0
        ),
        placed AS (
            SELECT left(part.node_code || '{CountedPlaces.Direct}', level.length) AS place, left(part.node_code, level.above) AS parent, part.category, part.day,
                part.day - extract(day FROM part.day)::int + 1 AS month, part.what, part.number, part.amount
            FROM part JOIN unnest(@levels, @above) AS level (length, above) ON length(part.node_code) >= level.above
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
            INSERT INTO place_with_counts (parent, place) SELECT DISTINCT parent, place FROM placed WHERE place <> '{CountedPlaces.All}' ON CONFLICT DO NOTHING
        )
        """;
}
