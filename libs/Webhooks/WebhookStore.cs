using System.Globalization;
using Dapper;
using Jiceng.Common.V1;
using Jiceng.Persistence;
using Npgsql;

namespace Jiceng.Webhooks;

/// <summary>The webhooks, for those who look after them.</summary>
internal static class WebhookStore
{
    private const string Columns =
        """
        id, owner_id, address, types, place_code, owner_roles, owner_places, secret, old_secret, old_secret_end_time, pause_reason, success_time, test_time,
        version, create_time, update_time,
        (SELECT count(*) FROM webhook_delivery d WHERE d.webhook_id = webhook.id AND d.next_attempt_time IS NOT NULL) AS waiting_count,
        (SELECT count(*) FROM webhook_delivery d WHERE d.webhook_id = webhook.id AND d.next_attempt_time IS NULL) AS dead_count
        """;

    public static Task<WebhookRow?> FindAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        connection.QuerySingleOrDefaultAsync<WebhookRow?>(Command($"SELECT {Columns} FROM webhook WHERE id = @id", new { id }, cancellationToken));

    public static Task<WebhookRow?> LockAsync(UnitOfWork work, Guid id, CancellationToken cancellationToken) =>
        work.Connection.QuerySingleOrDefaultAsync<WebhookRow?>(Command($"SELECT {Columns} FROM webhook WHERE id = @id FOR UPDATE", new { id }, cancellationToken));

    /// <summary>The newest first, after a webhook; those of an owner, or of all.</summary>
    public static async Task<List<WebhookRow>> ListAsync(
        NpgsqlConnection connection, string? owner, Guid? after, int limit, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<WebhookRow>(Command(
            $"""
            SELECT {Columns} FROM webhook
            WHERE (@all OR owner_id = @owner) AND (@first OR id < @after)
            ORDER BY id DESC LIMIT @limit
            """,
            new { all = owner is null, owner = owner ?? "", first = after is null, after = after ?? Guid.Empty, limit },
            cancellationToken))).ToList();

    public static Task<int> CountAsync(UnitOfWork work, string owner, CancellationToken cancellationToken) =>
        work.Connection.ExecuteScalarAsync<int>(Command("SELECT count(*)::int FROM webhook WHERE owner_id = @owner", new { owner }, cancellationToken));

    /// <summary>Adds a webhook that receives what is committed from now on.</summary>
    public static void Insert(UnitOfWork work, WebhookRow webhook) => work.ExecuteOnCommit(
        """
        INSERT INTO webhook (id, owner_id, address, types, place_code, owner_roles, owner_places, secret, xid, position, create_time, update_time)
        VALUES (@Id, @OwnerId, @Address, @Types, @PlaceCode, @OwnerRoles, @OwnerPlaces, @Secret, (pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1)::text::xid8, 9223372036854775807, @Now, @Now)
        """,
        new
        {
            webhook.Id,
            webhook.OwnerId,
            webhook.Address,
            webhook.Types,
            webhook.PlaceCode,
            webhook.OwnerRoles,
            webhook.OwnerPlaces,
            webhook.Secret,
            work.Now,
        });

    /// <summary>Updates the row locked by <see cref="LockAsync"/>.</summary>
    public static void Save(UnitOfWork work, WebhookRow webhook) => work.ExecuteOnCommit(
        """
        UPDATE webhook SET address = @Address, types = @Types, place_code = @PlaceCode, owner_roles = @OwnerRoles, owner_places = @OwnerPlaces,
            secret = @Secret, old_secret = @OldSecret, old_secret_end_time = @OldSecretEndTime, pause_reason = @PauseReason, version = @Version,
            update_time = @UpdateTime
        WHERE id = @Id
        """,
        webhook);

    public static void Delete(UnitOfWork work, Guid id) => work.ExecuteOnCommit("DELETE FROM webhook WHERE id = @id", new { id });

    /// <summary>Makes pending deliveries due immediately, as if they had never been tried.</summary>
    public static void Refresh(UnitOfWork work, Guid id)
    {
        work.ExecuteOnCommit("UPDATE webhook SET quiet_until = NULL, dead_in_a_row = 0 WHERE id = @id", new { id });
        work.ExecuteOnCommit(
            "UPDATE webhook_delivery SET next_attempt_time = @Now, attempts = 0, first_attempt_time = NULL WHERE webhook_id = @id AND next_attempt_time IS NOT NULL",
            new { id, work.Now });
    }

    /// <summary>Takes note of a test, unless there was one since the time.</summary>
    public static async Task<bool> MarkTestAsync(UnitOfWork work, Guid id, DateTimeOffset since, CancellationToken cancellationToken) =>
        await work.Connection.ExecuteAsync(Command(
            "UPDATE webhook SET test_time = @now WHERE id = @id AND (test_time IS NULL OR test_time <= @since)", new { id, now = work.Now, since }, cancellationToken)) == 1;

    public static async Task<List<WebhookDeliveryRow>> DeliveriesAsync(
        NpgsqlConnection connection, Guid id, WebhookDeliveryState state, long? after, int limit, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<WebhookDeliveryRow>(Command(
            """
            SELECT event_id, ordinal, type, subject, event_time, attempts, http_status, failure, first_attempt_time, attempt_time, next_attempt_time
            FROM webhook_delivery
            WHERE webhook_id = @id AND ordinal < @after AND (@all OR (next_attempt_time IS NULL) = @dead)
            ORDER BY ordinal DESC LIMIT @limit
            """,
            new
            {
                id,
                after = after ?? long.MaxValue,
                limit,
                all = state == WebhookDeliveryState.Unspecified,
                dead = state == WebhookDeliveryState.Dead,
            },
            cancellationToken))).ToList();

    /// <summary>How many of the deliveries that were given up can be sent again.</summary>
    public static Task<long> CountDeadAsync(NpgsqlConnection connection, Guid id, Guid[] events, CancellationToken cancellationToken) =>
        connection.ExecuteScalarAsync<long>(Command($"SELECT count(*) FROM webhook_delivery WHERE {Dead}", DeadValues(id, events), cancellationToken));

    public static async Task<long> ReviveAsync(UnitOfWork work, Guid id, Guid[] events, CancellationToken cancellationToken) =>
        await work.Connection.ExecuteAsync(Command(
            $"UPDATE webhook_delivery SET next_attempt_time = @now, attempts = 0, first_attempt_time = NULL WHERE {Dead}",
            DeadValues(id, events, work.Now), cancellationToken));

    /// <summary>Events of the types since a time; null means all types.</summary>
    public static Task<long> CountSinceAsync(
        NpgsqlConnection connection, DateTimeOffset start, IReadOnlyCollection<string>? types, CancellationToken cancellationToken) =>
        connection.ExecuteScalarAsync<long>(Command(
            "SELECT count(*) FROM outbox WHERE event_time >= @start AND (@all OR type = ANY(@types))",
            new { start, all = types is null, types = types?.ToArray() ?? [] }, cancellationToken));

    /// <summary>
    /// Sets the webhook back to before the first event since a time. A replica that is serving it finds its lease gone and keeps nothing of
    /// its turn.
    /// </summary>
    public static async Task RewindAsync(UnitOfWork work, Guid id, DateTimeOffset start, CancellationToken cancellationToken)
    {
        var first = await work.Connection.QuerySingleOrDefaultAsync<(string? Xid, long Position)>(Command(
            "SELECT xid::text, position FROM outbox WHERE event_time >= @start ORDER BY outbox.xid, position LIMIT 1", new { start }, cancellationToken));
        if (first.Xid is null) return;
        var values = new { id, first.Xid, before = first.Position - 1 };
        var moved = await work.Connection.ExecuteAsync(Command(
            "UPDATE webhook SET xid = @Xid::xid8, position = @before, lease_id = NULL, lease_end_time = NULL WHERE id = @id AND (xid, position) > (@Xid::xid8, @before)",
            values, cancellationToken));
        if (moved == 0) return;
        // They come again by the feed, in its order.
        await work.Connection.ExecuteAsync(Command(
            """
            DELETE FROM webhook_delivery d USING outbox o
            WHERE d.webhook_id = @id AND o.id = d.event_id AND (o.xid, o.position) > (@Xid::xid8, @before)
            """,
            values, cancellationToken));
    }

    // Without its event there is nothing to send.
    private const string Dead =
        "webhook_id = @id AND next_attempt_time IS NULL AND (@all OR event_id = ANY(@events)) AND EXISTS (SELECT FROM outbox WHERE outbox.id = event_id)";

    private static object DeadValues(Guid id, Guid[] events, DateTimeOffset now = default) => new { id, all = events.Length == 0, events, now };

    private static CommandDefinition Command(string sql, object values, CancellationToken cancellationToken) =>
        new(sql, values, cancellationToken: cancellationToken);
}
