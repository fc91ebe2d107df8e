using Dapper;
using Npgsql;

namespace Jiceng.Cadre;

/// <summary>Dapper's calls with a cancellation token, which its short forms leave out.</summary>
internal static class SqlStore
{
    public static Task<IEnumerable<T>> RowsAsync<T>(this NpgsqlConnection connection, string sql, object values, CancellationToken token) =>
        connection.QueryAsync<T>(new CommandDefinition(sql, values, cancellationToken: token));

    public static Task<T?> RowOrNoneAsync<T>(this NpgsqlConnection connection, string sql, object values, CancellationToken token) =>
        connection.QuerySingleOrDefaultAsync<T>(new CommandDefinition(sql, values, cancellationToken: token));

    public static Task<T> RowAsync<T>(this NpgsqlConnection connection, string sql, object values, CancellationToken token) =>
        connection.QuerySingleAsync<T>(new CommandDefinition(sql, values, cancellationToken: token));

    public static Task<T?> ValueAsync<T>(this NpgsqlConnection connection, string sql, object values, CancellationToken token) =>
        connection.ExecuteScalarAsync<T>(new CommandDefinition(sql, values, cancellationToken: token));

    public static Task RunAsync(this NpgsqlConnection connection, string sql, object values, CancellationToken token) =>
        connection.ExecuteAsync(new CommandDefinition(sql, values, cancellationToken: token));
}
