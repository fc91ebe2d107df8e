using Npgsql;

namespace Jiceng.Bench.Faults;

/// <summary>Disk usage of a suite's databases: tables with their indexes, without PostgreSQL's catalogs.</summary>
internal sealed class DiskUsage(PrivateSuite suite)
{
    private const string Query = "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'";

    public async Task<IReadOnlyList<(string Service, long Bytes)>> ReadAsync(CancellationToken cancellationToken)
    {
        var all = new List<(string, long)>();
        foreach (var service in Cli.Running.Installation.Services)
        {
            await using var connection = new NpgsqlConnection(suite.Database(service));
            await connection.OpenAsync(cancellationToken);
            await using var command = new NpgsqlCommand(Query, connection);
            all.Add((service, (long)(await command.ExecuteScalarAsync(cancellationToken))!));
        }

        return all;
    }
}
