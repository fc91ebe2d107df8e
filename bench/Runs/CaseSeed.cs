using Jiceng.Cli;
using Npgsql;

namespace Jiceng.Bench.Runs;

/// <summary>
/// Bulk-loads cases and their steps into grid's database: a year of them, spread over the lowest nodes, almost all closed. A million cases
/// would take hours through the API. Audit, stored answers and outbox stay empty; grid's own command rebuilds the statistics.
/// </summary>
internal sealed class CaseSeed(PrivateSuite suite)
{
    private const long AtOnce = 100_000;

    // Of 100 cases one is open, two are rejected and one is voided; every twentieth closed case was sent back once.
    private const string Cases =
        """
        INSERT INTO grid_case (case_id, node_code, owner_code, category, urgency, state, description, reporter_id, attachments, parts, handler_ids, on_the_spot,
            rework_count, close_count, rating, report_time, accept_due, accept_time, handle_due, handle_time, verify_due, verify_time, close_time, suspend_time,
            void_time, rate_time, accept_overdue_raised, handle_overdue_raised, update_time, version)
        SELECT text_id::uuid, code, code, category, urgency, state, description, worker, '[]',
            CASE WHEN state IN (4, 7) THEN jsonb_build_array(jsonb_build_object('HandlerId', worker, 'Task', '', 'Started', true, 'Finished', state = 7, 'Result',
                CASE WHEN state = 7 THEN '已处理完毕。' ELSE '' END)) ELSE '[]' END,
            CASE WHEN state IN (4, 7) THEN ARRAY[worker::uuid] ELSE '{}' END, false,
            rework, CASE WHEN state = 7 THEN 1 ELSE 0 END, rating, reported, accept_due, accepted, handle_due, handled, handled + interval '1 day', closed, closed, NULL,
            CASE WHEN state = 9 THEN accepted + interval '20 minutes' END, CASE WHEN rating > 0 THEN closed + interval '2 hours' END, COALESCE(accepted > accept_due, false),
            COALESCE(COALESCE(handled, 'infinity') > handle_due, false), COALESCE(closed, accepted, reported), CASE state WHEN 4 THEN 4 WHEN 7 THEN 6 + 3 * rework WHEN 8 THEN 2 ELSE 3 END + CASE WHEN rating > 0 THEN 1 ELSE 0 END
        FROM (
            SELECT *, CASE WHEN state = 7 THEN accepted + (0.02 + 5.2 * chance * chance) * interval '1 day' END AS handled,
                CASE WHEN state = 7 THEN accepted + (0.1 + 5.4 * chance * chance) * interval '1 day' END AS closed
            FROM (
                SELECT lpad(to_hex((extract(epoch FROM reported) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(mix & 4095), 3, '0') || '8'
                        || lpad(to_hex((mix >> 12) & 1048575), 5, '0') || lpad(to_hex(number), 10, '0') AS text_id,
                    *, reported + interval '4 hours' AS accept_due,
                    CASE WHEN state <> 8 THEN reported + (5 + 260 * chance * chance) * interval '1 minute' END AS accepted,
                    CASE WHEN state <> 8 THEN reported + interval '5 days' END AS handle_due,
                    CASE WHEN state = 7 AND mix % 20 = 0 THEN 1 ELSE 0 END AS rework,
                    CASE WHEN state = 7 AND mix % 3 = 0 THEN 1 + (mix >> 9) % 5 ELSE 0 END AS rating
                FROM (
                    SELECT number, mix, code, worker, (mix & 1023) / 1024.0 AS chance,
                        now() - interval '372 days' + interval '365 days' * ((number - @from)::float8 / (@until - @from)) AS reported,
                        CASE mix / 64 % 100 WHEN 0 THEN 4 WHEN 1 THEN 8 WHEN 2 THEN 8 WHEN 3 THEN 9 ELSE 7 END AS state,
                        CASE WHEN mix / 256 % 10 = 0 THEN 2 ELSE 1 END AS urgency,
                        (ARRAY['sanitation.rubbish', 'sanitation.sewage', 'environment.burning', 'facilities.road', 'facilities.lamp'])[1 + mix / 1024 % 5] AS category,
                        (ARRAY['村口垃圾堆放未清理，气味较大。', '路灯不亮，已有三天。', '排水沟堵塞，雨后积水。', '路面破损，出行不便。'])[1 + mix / 8192 % 4] AS description
                    FROM (SELECT number, hashint8extended(number, 1) & 1099511627775 AS mix FROM generate_series(@first, @last) AS number) AS numbers
                    JOIN seed_node ON seed_node.place = mix % (SELECT count(*) FROM seed_node)
                    -- Each level is computed once and not inside every expression above it.
                    OFFSET 0
                ) AS drawn OFFSET 0
            ) AS dated OFFSET 0
        ) AS made
        """;

    private const string Steps =
        """
        INSERT INTO case_step (case_id, number, verb, actor_id, from_state, to_state, owner_code, remark, attachments, step_time, trace_id)
        SELECT case_id, CASE WHEN place > 7 AND rework_count = 0 THEN place - 3 ELSE place END, verb, CASE WHEN verb IN ('report', 'start', 'finish') THEN reporter_id ELSE 'secretary' END,
            from_state, to_state, node_code, remark, '[]', at, md5(case_id::text)
        FROM grid_case,
            LATERAL (VALUES
                (1, 'report', NULL, 1, '', report_time, true),
                (2, 'reject', 1, 8, '重复上报。', report_time, state = 8),
                (2, 'accept', 1, 2, '', accept_time, state <> 8),
                (3, 'void', 2, 9, '', void_time, state = 9),
                (3, 'dispatch', 2, 3, '', accept_time + interval '5 minutes', state IN (4, 7)),
                (4, 'start', 3, 4, '', accept_time + interval '10 minutes', state IN (4, 7)),
                (5, 'finish', 4, 6, '已处理完毕。', accept_time + interval '15 minutes', rework_count > 0),
                (6, 'fail', 6, 3, '仍有遗留，请返工。', accept_time + interval '18 minutes', rework_count > 0),
                (7, 'start', 3, 4, '', accept_time + interval '20 minutes', rework_count > 0),
                (8, 'finish', 4, 6, '已处理完毕。', handle_time, state = 7),
                (9, 'pass', 6, 7, '核查属实。', close_time, state = 7),
                (10, 'rate', 7, 7, '', rate_time, rating > 0)
            ) AS step (place, verb, from_state, to_state, remark, at, happened)
        WHERE happened AND xmin = pg_current_xact_id()::xid
        """;

    // One row per lowest node, in an order independent of the codes.
    private const string Nodes =
        """
        DROP TABLE IF EXISTS seed_node;
        CREATE UNLOGGED TABLE seed_node AS
        SELECT row_number() OVER (ORDER BY md5(code)) - 1 AS place, code, md5(code)::uuid::text AS worker FROM node WHERE length(code) = (SELECT max(length(code)) FROM node);
        ANALYZE seed_node
        """;

    private readonly string _database = suite.AdminDatabase("grid");

    /// <summary>
    /// Adds the cases from <paramref name="from"/> (inclusive) to <paramref name="until"/> (exclusive). Use each number once per database.
    /// </summary>
    public async Task AddAsync(long from, long until, Action<string> report, CancellationToken cancellationToken)
    {
        await RunAsync(Nodes, cancellationToken);
        var done = 0L;
        await Parallel.ForEachAsync(Enumerable.Range(0, (int)((until - from + AtOnce - 1) / AtOnce)), new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = cancellationToken }, async (part, token) =>
        {
            var first = from + (part * AtOnce);
            var last = Math.Min(first + AtOnce, until) - 1;
            await using var connection = new NpgsqlConnection(_database);
            await connection.OpenAsync(token);
            // All references are valid; checking each of the millions of rows would double the time.
            await RunAsync(connection, "SET session_replication_role = replica; SET synchronous_commit = off; SET jit = off", token);
            await using var transaction = await connection.BeginTransactionAsync(token);
            await RunAsync(connection, Cases, token, ("from", from), ("until", until), ("first", first), ("last", last));
            await RunAsync(connection, Steps, token);
            await transaction.CommitAsync(token);
            report($"{Interlocked.Add(ref done, last + 1 - first):#,0} of {until - from:#,0} cases");
        });
        await CountAsync(report, cancellationToken);
        report("vacuum, analyze, checkpoint");
        await TidyAsync(cancellationToken);
    }

    /// <summary>Runs the database's periodic maintenance now, so that no measurement depends on its timing.</summary>
    public async Task TidyAsync(CancellationToken cancellationToken)
    {
        foreach (var sql in (string[])["DROP TABLE IF EXISTS seed_node", "VACUUM (ANALYZE)", "CHECKPOINT"]) await RunAsync(sql, cancellationToken);
    }

    /// <summary>Rebuilds the statistics, because rows loaded in the replica role fire no trigger.</summary>
    private async Task CountAsync(Action<string> report, CancellationToken cancellationToken)
    {
        // A plan based on the old row count would scan all cases for each province.
        await RunAsync("VACUUM (ANALYZE) grid_case, case_step", cancellationToken);
        var code = await suite.CommandAsync("grid", ["rebuild-statistics"], report, cancellationToken);
        if (code != 0) throw new CliException($"rebuild-statistics of grid failed with exit code {code}.");
    }

    private async Task RunAsync(string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(_database);
        await connection.OpenAsync(cancellationToken);
        await RunAsync(connection, sql, cancellationToken);
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params IEnumerable<(string Name, long Value)> values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var (name, value) in values) command.Parameters.AddWithValue(name, value);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
