using Npgsql;

namespace Jiceng.IntegrationTests.Migrations;

/// <summary>What a service of a release may rely on: the tables and what can be put into them, as PostgreSQL itself tells it.</summary>
/// <param name="Columns">By table and column: type and not null; and whether it may be left out of an INSERT.</param>
/// <param name="Rules">By table and name: constraints and unique indexes. Services name them, in ON CONFLICT and for refusals.</param>
/// <param name="Triggers">By table and name.</param>
/// <param name="Functions">With arguments and result.</param>
internal sealed record Schema(
    IReadOnlyDictionary<string, Column> Columns, IReadOnlyDictionary<string, string> Rules, IReadOnlyDictionary<string, string> Triggers, IReadOnlyCollection<string> Functions)
{
    /// <summary>Tables of the migrator itself, and what belongs to the system, are not the services'.</summary>
    private const string Ours = "c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> 'schema_migration'";

    public static async Task<Schema> ReadAsync(NpgsqlDataSource source, CancellationToken token) => new(
        await PairsAsync(
            source,
            $"""
            SELECT c.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                NOT a.attnotnull OR a.atthasdef OR a.attidentity <> ''
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped WHERE {Ours}
            """,
            row => new Column(row.GetString(1), row.GetBoolean(2), row.GetBoolean(3)), token),
        await PairsAsync(
            source,
            $"""
            SELECT c.relname || '.' || o.conname, pg_get_constraintdef(o.oid) FROM pg_class c JOIN pg_constraint o ON o.conrelid = c.oid AND o.contype <> 'n' WHERE {Ours}
            UNION ALL
            SELECT c.relname || '.' || x.relname, pg_get_indexdef(x.oid)
            FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid AND i.indisunique JOIN pg_class x ON x.oid = i.indexrelid
            WHERE {Ours} AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conindid = x.oid AND o.contype IN ('p', 'u', 'x'))
            """,
            row => row.GetString(1), token),
        await PairsAsync(
            source,
            $"SELECT c.relname || '.' || t.tgname, pg_get_triggerdef(t.oid) FROM pg_class c JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal WHERE {Ours}",
            row => row.GetString(1), token),
        [.. (await PairsAsync(
            source,
            "SELECT p.oid::regprocedure::text || ' returns ' || coalesce(pg_get_function_result(p.oid), '') FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace",
            _ => "", token)).Keys]);

    /// <summary>What a service of the release can no longer do, or does otherwise, on the schema as it is now.</summary>
    public static IEnumerable<string> Breaks(Schema released, Schema now)
    {
        foreach (var (name, column) in released.Columns)
        {
            if (!now.Columns.TryGetValue(name, out var found)) yield return $"{name} is gone";
            else if (found.Type != column.Type) yield return $"{name} was {column.Type} and is {found.Type}";
            else if (found.NotNull != column.NotNull) yield return found.NotNull ? $"{name} could be null, which is refused now" : $"{name} was never null, and may be now";
            else if (column.MayBeLeftOut && !found.MayBeLeftOut) yield return $"{name} had a default";
        }

        var tables = released.Columns.Keys.Select(Table).ToHashSet();
        foreach (var (name, column) in now.Columns.Where(one => tables.Contains(Table(one.Key)) && !released.Columns.ContainsKey(one.Key)))
        {
            if (!column.MayBeLeftOut) yield return $"{name} is new and has to be given, which a service of the release does not";
        }

        foreach (var (name, rule) in released.Rules)
        {
            if (!now.Rules.TryGetValue(name, out var found)) yield return $"{name} is gone: {rule}";
            else if (found != rule) yield return $"{name} was {rule} and is {found}";
        }

        foreach (var (name, rule) in now.Rules.Where(one => tables.Contains(Table(one.Key)) && !released.Rules.ContainsKey(one.Key)))
            yield return $"{name} is new and may refuse what a service of the release writes: {rule}";
        foreach (var (name, trigger) in now.Triggers.Where(one => tables.Contains(Table(one.Key)) && !released.Triggers.ContainsKey(one.Key)))
            yield return $"{name} is new and runs when a service of the release writes: {trigger}";
        foreach (var name in released.Triggers.Keys.Where(name => !now.Triggers.ContainsKey(name))) yield return $"{name} is gone";
        foreach (var function in released.Functions.Where(function => !now.Functions.Contains(function))) yield return $"{function} is gone";
    }

    private static string Table(string name) => name[..name.IndexOf('.', StringComparison.Ordinal)];

    private static async Task<IReadOnlyDictionary<string, T>> PairsAsync<T>(NpgsqlDataSource source, string sql, Func<NpgsqlDataReader, T> read, CancellationToken token)
    {
        await using var command = source.CreateCommand(sql);
        await using var row = await command.ExecuteReaderAsync(token);
        var all = new Dictionary<string, T>();
        while (await row.ReadAsync(token)) all[row.GetString(0)] = read(row);
        return all;
    }
}

internal sealed record Column(string Type, bool NotNull, bool MayBeLeftOut);
