using Npgsql;

namespace Jiceng.Bench.Runs;

/// <summary>
/// Bulk-loads persons with a duty and one ledger entry each into scoring's database, with the versions that scoring tracks. The hashes of
/// the entries are made up: a ranking does not read them.
/// </summary>
internal static class RankingSeed
{
    private const string People =
        """
        INSERT INTO subject (kind, id, name, place_code, sequence)
        SELECT 'person', md5(number::text)::uuid::text, '网格员' || number, @places[1 + number % cardinality(@places)], 1 FROM generate_series(@first, @last) AS number;
        INSERT INTO membership (kind, subject_id, source, source_id, group_name, place_code, from_day, until_day, sequence)
        SELECT 'person', md5(number::text)::uuid::text, 'duty', md5(number::text)::uuid::text, 'full_time', @places[1 + number % cardinality(@places)], '2026-01-01', NULL, 1
        FROM generate_series(@first, @last) AS number;
        INSERT INTO ledger_entry (id, kind, subject_id, sequence, scheme_id, scheme_version, rule_key, role, group_name, points, uncapped_points, period, reason, event_id,
            event_type, event_time, matter_id, once_key, trace_id, place_code, post_time, corrects_id, corrector_id, previous_hash, hash)
        SELECT gen_random_uuid(), 'person', md5(number::text)::uuid::text, 1, @scheme, 1, 'case_on_time', 'handler', 'full_time', points, points, @period, '按期办结网格事件',
            gen_random_uuid(), 'jiceng.grid.case.closed.v1', now(), 'seed', 'seed', '', @places[1 + number % cardinality(@places)], now(), NULL, '', '', ''
        FROM (SELECT number, (hashint8extended(number, 2) & 4095) / 100.0 AS points FROM generate_series(@first, @last) AS number) AS drawn;
        INSERT INTO ranking_version (topic, version) VALUES ('members', 1), (@scheme || ':' || @period, 1)
        ON CONFLICT (topic) DO UPDATE SET version = ranking_version.version + 1
        """;

    public static async Task AddAsync(string database, Guid scheme, string period, string[] places, long from, long until, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(cancellationToken);
        await using (var quick = new NpgsqlCommand("SET session_replication_role = replica; SET synchronous_commit = off", connection)) await quick.ExecuteNonQueryAsync(cancellationToken);
        await using (var people = new NpgsqlCommand(People, connection))
        {
            people.Parameters.AddWithValue("places", places);
            people.Parameters.AddWithValue("first", from);
            people.Parameters.AddWithValue("last", until - 1);
            people.Parameters.AddWithValue("scheme", scheme);
            people.Parameters.AddWithValue("period", period);
            await people.ExecuteNonQueryAsync(cancellationToken);
        }

        await using var tidy = new NpgsqlCommand("VACUUM (ANALYZE)", connection);
        await tidy.ExecuteNonQueryAsync(cancellationToken);
    }
}
