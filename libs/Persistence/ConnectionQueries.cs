using Dapper;
using Npgsql;

namespace Jiceng.Persistence;

/// <summary>Dapper's calls with a cancellation token, which its short forms leave out. A command belongs to the transaction of its connection.</summary>
public static class ConnectionQueries
{
    /// <summary>All rows.</summary>
    public static async Task<List<T>> RowsAsync<T>(this NpgsqlConnection connection, string sql, object values, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<T>(new CommandDefinition(sql, values, cancellationToken: cancellationToken))).AsList();

    /// <summary>The only row, or null.</summary>
    public static Task<T?> RowOrNoneAsync<T>(this NpgsqlConnection connection, string sql, object values, CancellationToken cancellationToken) =>
        connection.QuerySingleOrDefaultAsync<T>(new CommandDefinition(sql, values, cancellationToken: cancellationToken));

    /// <summary>The only row.</summary>
    public static Task<T> RowAsync<T>(this NpgsqlConnection connection, string sql, object values, CancellationToken cancellationToken) =>
        connection.QuerySingleAsync<T>(new CommandDefinition(sql, values, cancellationToken: cancellationToken));

    /// <summary>The first column of the first row, or null.</summary>
    public static Task<T?> ValueAsync<T>(this NpgsqlConnection connection, string sql, object values, CancellationToken cancellationToken) =>
        connection.ExecuteScalarAsync<T>(new CommandDefinition(sql, values, cancellationToken: cancellationToken));

    /// <summary>Runs a command at once.</summary>
    /// <returns>Number of rows changed.</returns>
    public static Task<int> RunAsync(this NpgsqlConnection connection, string sql, object values, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition(sql, values, cancellationToken: cancellationToken));
}
