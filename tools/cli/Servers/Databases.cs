using Npgsql;

namespace Jiceng.Cli.Servers;

/// <summary>One database and one role per service, on the private server or on the one in JICENG_POSTGRES.</summary>
internal static class Databases
{
    public static async Task<bool> AnswersAsync(string admin, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new NpgsqlConnection(admin);
            await connection.OpenAsync(cancellationToken);
            return true;
        }
        catch (NpgsqlException e) when (e is not PostgresException { SqlState: "28P01" or "28000" or "3D000" })
        {
            return false;
        }
    }

    /// <summary>Creates the role and its database when missing, and returns the connection string of the service.</summary>
    public static async Task<string> EnsureAsync(string admin, string service, string password, CancellationToken cancellationToken)
    {
        var settings = new NpgsqlConnectionStringBuilder(admin);
        var prefix = settings.Database is null or "" or "postgres" ? "jiceng" : settings.Database;
        var name = $"{prefix}_{service}";
        await using (var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(admin) { Database = "postgres", Pooling = false }.ConnectionString))
        {
            await connection.OpenAsync(cancellationToken);
            var quoted = new NpgsqlCommandBuilder().QuoteIdentifier(name);
            var verb = await ExistsAsync(connection, "SELECT 1 FROM pg_roles WHERE rolname = $1", name, cancellationToken) ? "ALTER" : "CREATE";
            await RunAsync(connection, $"{verb} ROLE {quoted} LOGIN PASSWORD {Literal(password)}", cancellationToken);
            if (!await ExistsAsync(connection, "SELECT 1 FROM pg_database WHERE datname = $1", name, cancellationToken))
            {
                await RunAsync(connection, $"CREATE DATABASE {quoted} OWNER {quoted}", cancellationToken);
                await RunAsync(connection, $"REVOKE CONNECT ON DATABASE {quoted} FROM PUBLIC", cancellationToken);
            }
        }

        return new NpgsqlConnectionStringBuilder
        {
            Host = settings.Host,
            Port = settings.Port,
            SslMode = settings.SslMode,
            Username = name,
            Password = password,
            Database = name,
            // Three services with two replicas each stay below the server's 200 connections.
            MaxPoolSize = 30,
            // Seconds; a machine that is also building responds slowly.
            Timeout = 60,
        }.ConnectionString;
    }

    // CREATE ROLE takes no parameters; the password is hexadecimal text that we generate.
    private static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static async Task<bool> ExistsAsync(NpgsqlConnection connection, string sql, string name, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = name } } };
        return await command.ExecuteScalarAsync(cancellationToken) is not null;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
