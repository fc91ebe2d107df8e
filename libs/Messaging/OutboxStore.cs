using Dapper;
using Jiceng.Domain;
using Npgsql;

namespace Jiceng.Messaging;

/// <summary>The relay's view of the outbox.</summary>
internal static class OutboxStore
{
    /// <summary>Takes the oldest events that wait; other relays pass them by until the transaction ends.</summary>
    public static async Task<List<Envelope>> ClaimAsync(
        NpgsqlConnection connection, int limit, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var rows = await connection.QueryAsync<OutboxRow>(new CommandDefinition(
            """
            SELECT id, topic, type, subject, place_code, sequence, event_time, traceparent, data_json
            FROM outbox
            WHERE publish_time IS NULL AND (retry_time IS NULL OR retry_time <= @now)
            ORDER BY position LIMIT @limit
            FOR UPDATE SKIP LOCKED
            """,
            new { now, limit },
            cancellationToken: cancellationToken));
        return rows.Select(row => row.ToEnvelope()).ToList();
    }

    public static Task MarkPublishedAsync(NpgsqlConnection connection, Guid[] ids, DateTimeOffset now, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition(
            "UPDATE outbox SET publish_time = @now, retry_time = NULL WHERE id = ANY(@ids)", new { now, ids }, cancellationToken: cancellationToken));

    /// <summary>Lets events that fail while others go out wait longer each time, from 1 s to about 5 minutes, so that they hold up nobody.</summary>
    public static Task PostponeAsync(NpgsqlConnection connection, Guid[] ids, DateTimeOffset now, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition(
            "UPDATE outbox SET attempts = attempts + 1, retry_time = @now + interval '1 second' * power(2, least(attempts, 8)) WHERE id = ANY(@ids)",
            new { now, ids },
            cancellationToken: cancellationToken));

    public static Task<OutboxState> StateAsync(NpgsqlConnection connection, DateTimeOffset now, CancellationToken cancellationToken) =>
        connection.QuerySingleAsync<OutboxState>(new CommandDefinition(
            """
            SELECT count(*) AS pending, coalesce(extract(epoch FROM @now - min(event_time)), 0)::float8 AS lag_seconds,
                   (SELECT count(*) FROM dead_letter) AS dead_letters
            FROM outbox WHERE publish_time IS NULL
            """,
            new { now },
            cancellationToken: cancellationToken));

    /// <summary>
    /// In a database that was restored from a dump into another cluster the xids of the outbox mean nothing: gives every event the
    /// current one. Positions that were handed out before are refused from then on, and readers begin anew.
    /// </summary>
    /// <returns>Whether that was the case.</returns>
    public static async Task<bool> AdoptAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var moved = await connection.ExecuteAsync(new CommandDefinition(
            """
            UPDATE outbox_origin SET system_identifier = control.system_identifier::text
            FROM pg_control_system() control WHERE outbox_origin.system_identifier <> control.system_identifier::text
            """,
            cancellationToken: cancellationToken));
        if (moved == 0) return false;
        // Here, because it needs the xids of before. Webhooks continue at the first event that they have not received, by its position: of the order nothing else is left.
        await connection.ExecuteAsync(new CommandDefinition(
            """
            UPDATE webhook SET xid = pg_current_xact_id(), position = coalesce(
                (SELECT min(o.position) - 1 FROM outbox o WHERE (o.xid, o.position) > (webhook.xid, webhook.position)), (SELECT max(position) FROM outbox), 0);
            UPDATE outbox SET xid = pg_current_xact_id()
            """,
            cancellationToken: cancellationToken));
        return true;
    }
}
