using System.Security.Cryptography;
using Jiceng.Domain;
using Npgsql;

namespace Jiceng.Persistence;

/// <summary>The table of answered requests.</summary>
internal static class Idempotency
{
    /// <summary>
    /// Takes the request for this transaction: null when the action has to run, else the stored answer. While another transaction
    /// holds the same request, the insert waits until that one has ended.
    /// </summary>
    public static async Task<byte[]?> ClaimAsync(Work work, CancellationToken cancellationToken)
    {
        var context = work.Context;
        await using var batch = new NpgsqlBatch(work.Connection, work.Transaction);
        Add(
            batch,
            """
            INSERT INTO idempotency (caller_id, method, request_id, request_hash, create_time)
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
            """,
            context.CallerId, context.Method, context.RequestId!, context.RequestHash.ToArray(), work.Now);
        Add(
            batch,
            "SELECT request_hash, response FROM idempotency WHERE caller_id = $1 AND method = $2 AND request_id = $3",
            context.CallerId, context.Method, context.RequestId!);
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) throw Failures.Unavailable(); // swept between the two commands
        if (!CryptographicOperations.FixedTimeEquals((byte[])row[0], context.RequestHash.Span))
            throw CommonErrors.RequestIdReused.With(("request_id", context.RequestId!)).At("request_id", "a new UUID");
        return await row.IsDBNullAsync(1, cancellationToken) ? null : (byte[])row[1];
    }

    /// <summary>Stores the answer with the transaction.</summary>
    public static void Keep(Work work, byte[] response) => work.Defer(
        "UPDATE idempotency SET response = $4 WHERE caller_id = $1 AND method = $2 AND request_id = $3",
        work.CallerId, work.Context.Method, work.Context.RequestId, response);

    private static void Add(NpgsqlBatch batch, string sql, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        batch.BatchCommands.Add(command);
    }
}
