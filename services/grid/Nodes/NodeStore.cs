using System.Collections.Immutable;
using Dapper;
using Jiceng.Domain;
using Jiceng.Grid.Nodes.Domain;
using Jiceng.Persistence;
using Npgsql;

namespace Jiceng.Grid.Nodes;

/// <summary>Number of nodes of a level.</summary>
internal sealed record LevelCount(PlaceLevel Level, long Count, long HeadedCount);

/// <summary>Nodes in PostgreSQL.</summary>
internal static class NodeStore
{
    private const string Columns = "n.code, n.name, n.head_person_id, n.version, n.create_time, n.update_time";

    public static async Task<Node?> FindAsync(NpgsqlConnection connection, PlaceCode code, CancellationToken cancellationToken) =>
        await connection.QuerySingleOrDefaultAsync<Node>(new CommandDefinition(
            $"SELECT {Columns} FROM node n WHERE n.code = @code", new { code = code.Value }, cancellationToken: cancellationToken));

    /// <summary>The node, locked until the transaction ends.</summary>
    /// <exception cref="ApiException">NODE_NOT_FOUND.</exception>
    public static async Task<Node> LockAsync(UnitOfWork work, PlaceCode code, CancellationToken cancellationToken) =>
        await work.Connection.QuerySingleOrDefaultAsync<Node>(new CommandDefinition(
            $"SELECT {Columns} FROM node n WHERE n.code = @code FOR UPDATE", new { code = code.Value }, work.Transaction, cancellationToken: cancellationToken))
        ?? throw GridErrors.NodeNotFound.With(("code", code.Value));

    /// <summary>
    /// Takes provinces for this transaction: of imports into the same one, each sees what the other made. Reading and changing nodes
    /// goes on meanwhile.
    /// </summary>
    public static Task LockImportAsync(UnitOfWork work, IEnumerable<PlaceCode> provinces, CancellationToken cancellationToken) =>
        work.LockAsync(provinces.Order().Select(province => $"import:{province}"), cancellationToken);

    /// <summary>The nodes of these codes, by code, locked until the transaction ends. Cases can go on naming them.</summary>
    public static async Task<Dictionary<PlaceCode, Node>> LockAllAsync(UnitOfWork work, IReadOnlyCollection<PlaceCode> codes, CancellationToken cancellationToken) =>
        (await work.Connection.QueryAsync<Node>(new CommandDefinition(
            $"SELECT {Columns} FROM node n WHERE n.code = ANY(@codes) ORDER BY n.code FOR NO KEY UPDATE",
            new { codes = Values(codes) }, work.Transaction, cancellationToken: cancellationToken))).ToDictionary(node => node.Code);

    public static async Task<bool> ExistsAsync(UnitOfWork work, PlaceCode code, CancellationToken cancellationToken) =>
        await work.Connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "SELECT EXISTS (SELECT 1 FROM node WHERE code = @code)", new { code = code.Value }, work.Transaction, cancellationToken: cancellationToken));

    /// <summary>Nodes in the ranges, by code, after a code.</summary>
    public static Task<IReadOnlyList<Node>> ListAsync(
        NpgsqlConnection connection, ImmutableArray<PlaceCode> within, PlaceLevel? level, string after, int count, CancellationToken cancellationToken) =>
        ListAsync(connection, "true", within, level, after, count, cancellationToken);

    /// <summary>Children of the given places by code, or the places themselves when they are not wanted as parents.</summary>
    public static Task<IReadOnlyList<Node>> ListChildrenAsync(
        NpgsqlConnection connection, ImmutableArray<PlaceCode> within, bool below, PlaceLevel? level, string after, int count, CancellationToken cancellationToken) =>
        ListAsync(
            connection,
            below
                ? "length(n.code) = CASE length(r.low) WHEN 2 THEN 4 WHEN 4 THEN 6 ELSE length(r.low) + 3 END"
                : """n.code = r.low COLLATE "C" """,
            within,
            level,
            after,
            count,
            cancellationToken);

    /// <summary>The names of the nodes of these codes that exist.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="codes">In their order.</param>
    /// <param name="token">Ends it early.</param>
    public static async Task<Dictionary<PlaceCode, string>> NamesAsync(NpgsqlConnection connection, IReadOnlyList<PlaceCode> codes, CancellationToken cancellationToken)
    {
        if (codes.Count == 0) return [];
        // Most imports bring places where there are none yet: one look-up in the index is enough.
        var any = await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "SELECT EXISTS (SELECT FROM node n WHERE n.code >= @low AND n.code <= @high)", new { low = codes[0].Value, high = codes[^1].Value }, cancellationToken: cancellationToken));
        if (!any) return [];
        return (await connection.QueryAsync<(string Code, string Name)>(new CommandDefinition(
            "SELECT n.code, n.name FROM node n WHERE n.code = ANY(@codes)", new { codes = Values(codes) }, cancellationToken: cancellationToken)))
            .ToDictionary(row => PlaceCode.Parse(row.Code), row => row.Name);
    }

    public static async Task<IReadOnlyList<LevelCount>> CountAsync(NpgsqlConnection connection, ImmutableArray<PlaceCode> within, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<(int Digits, long Count, long Headed)>(new CommandDefinition(
            """
            SELECT length(n.code), count(*), count(n.head_person_id) FROM unnest(@low, @high) AS r(low, high)
            JOIN node n ON n.code >= r.low COLLATE "C" AND n.code < r.high COLLATE "C"
            GROUP BY 1 ORDER BY 1
            """,
            new { low = within.Lows(), high = within.Highs() },
            cancellationToken: cancellationToken))).Select(row => new LevelCount((PlaceLevel)row.Digits, row.Count, row.Headed)).ToList();

    /// <summary>Writes new nodes without a head, with their history, many at once. The import is locked.</summary>
    public static async Task AddAsync(UnitOfWork work, IReadOnlyCollection<Node> nodes, CancellationToken cancellationToken)
    {
        await work.CopyAsync(
            "node",
            ["code", "name", "version", "create_time", "update_time"],
            nodes,
            static (row, node) => row.Add(node.Code.Value).Add(node.Name).Add(node.Version).Add(node.CreateTime).Add(node.UpdateTime),
            cancellationToken);
        await work.CopyAsync(
            "node_history",
            ["code", "version", "name", "actor_id", "change_time"],
            nodes,
            (row, node) => row.Add(node.Code.Value).Add(node.Version).Add(node.Name).Add(work.CallerId).Add(work.Now),
            cancellationToken);
    }

    /// <summary>Writes nodes as they are now, with their history, in one round trip with the commit.</summary>
    public static void SaveOnCommit(UnitOfWork work, IReadOnlyCollection<Node> nodes)
    {
        var values = new
        {
            codes = nodes.Select(node => node.Code.Value).ToArray(),
            names = nodes.Select(node => node.Name).ToArray(),
            heads = nodes.Select(node => node.HeadPersonId).ToArray(),
            versions = nodes.Select(node => node.Version).ToArray(),
            createTimes = nodes.Select(node => node.CreateTime.UtcDateTime).ToArray(),
            updateTimes = nodes.Select(node => node.UpdateTime.UtcDateTime).ToArray(),
            work.CallerId,
            work.Now,
        };
        work.ExecuteOnCommit(
            """
            INSERT INTO node (code, name, head_person_id, version, create_time, update_time)
            SELECT * FROM unnest(@codes::text[], @names::text[], @heads::uuid[], @versions::bigint[], @createTimes::timestamptz[], @updateTimes::timestamptz[])
            ON CONFLICT (code) DO UPDATE SET
                name = excluded.name, head_person_id = excluded.head_person_id, version = excluded.version, update_time = excluded.update_time
            """,
            values);
        work.ExecuteOnCommit(
            """
            INSERT INTO node_history (code, version, name, head_person_id, actor_id, change_time)
            SELECT code, version, name, head, @CallerId, @Now
            FROM unnest(@codes::text[], @versions::bigint[], @names::text[], @heads::uuid[]) AS n(code, version, name, head)
            """,
            values);
    }

    private static string[] Values(IReadOnlyCollection<PlaceCode> codes) => [.. codes.Select(code => code.Value)];

    private static async Task<IReadOnlyList<Node>> ListAsync(
        NpgsqlConnection connection,
        string condition,
        ImmutableArray<PlaceCode> within,
        PlaceLevel? level,
        string after,
        int count,
        CancellationToken cancellationToken) =>
        (await connection.QueryAsync<Node>(new CommandDefinition(
            $"""
            SELECT {Columns} FROM unnest(@low, @high) AS r(low, high)
            JOIN node n ON n.code >= r.low COLLATE "C" AND n.code < r.high COLLATE "C"
            WHERE n.code > @after AND (@digits = 0 OR length(n.code) = @digits) AND {condition}
            ORDER BY n.code LIMIT @count
            """,
            new { low = within.Lows(), high = within.Highs(), after, digits = (int)(level ?? 0), count },
            cancellationToken: cancellationToken))).AsList();
}
