using System.Security.Cryptography;
using Jiceng.Domain;
using Npgsql;

namespace Jiceng.Persistence;

/// <summary>The table of answered requests.</summary>
internal static class Idempotency
{
    /// <summary>Violated by a transaction whose request was answered meanwhile.</summary>
    public const string Key = "idempotency_pkey";

    /// <summary>
    /// Stores the answer with the transaction, before everything else: while another transaction answers the same request, the insert
    /// waits until that one has ended.
    /// </summary>
    public static void Keep(UnitOfWork work, byte[] response)
    {
        var context = work.Context;
        work.ExecuteFirstOnCommit(
            "INSERT INTO idempotency (caller_id, method, request_id, request_hash, response, create_time) VALUES (@CallerId, @Method, @RequestId, @RequestHash, @response, @Now)",
            new { context.CallerId, context.Method, context.RequestId, context.RequestHash, response, work.Now });
    }

    /// <summary>The answer that the request got before, or null.</summary>
    /// <exception cref="ApiException">REQUEST_ID_REUSED: it was another request.</exception>
    public static async Task<byte[]?> FindAsync(NpgsqlDataSource source, WriteContext context, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand("SELECT request_hash, response FROM idempotency WHERE caller_id = $1 AND method = $2 AND request_id = $3");
        foreach (var value in (string[])[context.CallerId, context.Method, context.RequestId!]) command.Parameters.Add(new NpgsqlParameter { Value = value });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) return null;
        return CryptographicOperations.FixedTimeEquals((byte[])row[0], context.RequestHash.Span)
            ? (byte[])row[1]
            : throw CommonErrors.RequestIdReused.With(("request_id", context.RequestId!)).At("request_id", "a new UUID");
    }
}
