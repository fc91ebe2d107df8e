using System.Data;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Jiceng.Persistence;

/// <summary>
/// Brings the database to the version of the code, forward only. Run as a step of its own (<c>migrate</c>), never at service start.
/// Any number may run at once: they take turns by an advisory lock.
/// </summary>
public sealed partial class Migrator(NpgsqlDataSource source, IEnumerable<MigrationSet> sets, TimeProvider time, ILogger<Migrator> logger)
{
    // The bytes of "jiceng".
    private const long Lock = 0x6A6963656E67;

    /// <summary>Applies missing migrations, each file in its own transaction.</summary>
    /// <returns>Number of files applied.</returns>
    /// <exception cref="InvalidOperationException">An applied file was changed since, or one was added before an applied one; nothing is applied.</exception>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await ExecuteAsync(connection, $"SELECT pg_advisory_lock({Lock})", cancellationToken);
        try
        {
            await ExecuteAsync(
                connection,
                """
                CREATE TABLE IF NOT EXISTS schema_migration (
                    set_name   text        NOT NULL,
                    version    int         NOT NULL,
                    name       text        NOT NULL,
                    checksum   text        NOT NULL,
                    apply_time timestamptz NOT NULL,
                    PRIMARY KEY (set_name, version)
                )
                """,
                cancellationToken);
            var applied = await AppliedAsync(connection, cancellationToken);
            var missing = sets.OrderBy(set => set.Order).SelectMany(set => Missing(set, applied)).ToList();
            foreach (var (set, migration) in missing) await ApplyAsync(connection, set, migration, cancellationToken);
            Done(missing.Count);
            return missing.Count;
        }
        finally
        {
            if (connection.State == ConnectionState.Open)
                await ExecuteAsync(connection, $"SELECT pg_advisory_unlock({Lock})", CancellationToken.None);
        }
    }

    /// <summary>Whether everything that the code asks for is applied. Newer files of a newer version of the service do no harm.</summary>
    public async Task<bool> IsCurrentAsync(CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var exists = new NpgsqlCommand("SELECT to_regclass('schema_migration') IS NOT NULL", connection);
        if (await exists.ExecuteScalarAsync(cancellationToken) is not true) return false;
        var applied = await AppliedAsync(connection, cancellationToken);
        return sets.All(set => set.Migrations.All(migration => applied.ContainsKey((set.Name, migration.Version))));
    }

    private static List<(string Set, Migration Migration)> Missing(MigrationSet set, Dictionary<(string Set, int Version), string> applied)
    {
        var missing = new List<(string, Migration)>();
        foreach (var migration in set.Migrations)
        {
            if (!applied.TryGetValue((set.Name, migration.Version), out var checksum))
                missing.Add((set.Name, migration));
            else if (checksum != migration.Checksum)
                throw new InvalidOperationException(
                    $"Migration {set.Name}/{migration.Name} was changed after it was applied. Restore the file, and put the change into a new one.");
            else if (missing.Count > 0)
                throw new InvalidOperationException(
                    $"Migration {set.Name}/{missing[0].Item2.Name} is not applied but {migration.Name} is. Give it the next free number.");
        }

        return missing;
    }

    private async Task ApplyAsync(NpgsqlConnection connection, string set, Migration migration, CancellationToken cancellationToken)
    {
        Applying(set, migration.Name);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync(connection, migration.Sql, cancellationToken);
        await using var command = new NpgsqlCommand(
            "INSERT INTO schema_migration (set_name, version, name, checksum, apply_time) VALUES ($1, $2, $3, $4, $5)", connection, transaction)
        {
            Parameters =
            {
                new() { Value = set }, new() { Value = migration.Version }, new() { Value = migration.Name },
                new() { Value = migration.Checksum }, new() { Value = time.GetUtcNow() },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static async Task<Dictionary<(string Set, int Version), string>> AppliedAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var applied = new Dictionary<(string, int), string>();
        await using var command = new NpgsqlCommand("SELECT set_name, version, checksum FROM schema_migration", connection);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken)) applied[(rows.GetString(0), rows.GetInt32(1))] = rows.GetString(2);
        return applied;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        // Waiting for the lock and rewriting a large table take as long as they take.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Applying migration {Set}/{Name}")]
    private partial void Applying(string set, string name);

    [LoggerMessage(Level = LogLevel.Information, Message = "Database is up to date; {Count} migrations applied")]
    private partial void Done(int count);
}
