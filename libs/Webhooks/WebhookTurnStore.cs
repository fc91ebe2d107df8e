using System.Globalization;
using Dapper;
using Jiceng.Common.V1;
using Jiceng.Domain;
using Jiceng.Messaging;
using Jiceng.Persistence;

namespace Jiceng.Webhooks;

/// <summary>A webhook that this replica serves, until its lease ends.</summary>
internal sealed record Turn(WebhookRow Webhook, Guid Lease, FeedPosition After, int DeadInARow);

/// <summary>An event for a webhook: new from the feed, or one that was tried before.</summary>
/// <param name="Event">The event.</param>
/// <param name="IsNew">Whether it has no row yet.</param>
/// <param name="Attempts">Attempts before.</param>
/// <param name="Started">When the first of them was.</param>
internal sealed record Pending(Envelope Event, bool IsNew, int Attempts, DateTimeOffset? Started);

/// <summary>What is known of an event after a turn; no next attempt means that it was given up.</summary>
internal sealed record Undelivered(Pending Pending, int Attempts, WebhookAttempt? Attempt, DateTimeOffset? Started, DateTimeOffset? Next);

/// <summary>What a turn came to.</summary>
internal sealed record TurnResult
{
    public required FeedPosition Position { get; init; }

    public IReadOnlyCollection<Guid> Done { get; init; } = [];

    public IReadOnlyList<Undelivered> Undelivered { get; init; } = [];

    public bool Delivered { get; init; }

    public required int DeadInARow { get; init; }

    public DateTimeOffset? QuietUntil { get; init; }

    public WebhookPauseReason Pause { get; init; }
}

/// <summary>How far the webhooks are.</summary>
internal sealed record WebhookLag(double LagSeconds, long Waiting, long Dead, long Paused);

/// <summary>Assigns webhooks to replicas for a turn each, and stores the result.</summary>
internal sealed class WebhookTurnStore(ServiceName service, Database database, TimeProvider time)
{
    /// <summary>Events of the feed in one turn, and deliveries that are tried again.</summary>
    public const int TurnSize = 20;

    /// <summary>While this many deliveries wait, the webhook reads no further in the feed.</summary>
    public const int MostWaiting = 100;

    /// <summary>The most that a call may take.</summary>
    public static readonly TimeSpan LongestCall = TimeSpan.FromSeconds(10);

    /// <summary>After so long no further call of a turn begins.</summary>
    public static readonly TimeSpan TurnTime = TimeSpan.FromSeconds(30);

    // Longer than any turn: who holds it is alone.
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(60);

    // The first of its subject, and its event is still there.
    private const string Due =
        """
        webhook_delivery d JOIN outbox o ON o.id = d.event_id
        WHERE d.webhook_id = w.id AND d.next_attempt_time <= @now AND NOT EXISTS (
            SELECT FROM webhook_delivery earlier
            WHERE earlier.webhook_id = d.webhook_id AND earlier.subject = d.subject AND earlier.next_attempt_time IS NOT NULL AND earlier.ordinal < d.ordinal)
        """;

    private const string Free = "w.pause_reason IS NULL AND (w.lease_end_time IS NULL OR w.lease_end_time < now())";

    private const string Waiting = "FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.next_attempt_time IS NOT NULL";

    /// <summary>Webhooks that nobody serves and that have something to be sent.</summary>
    public Task<List<Guid>> ReadyAsync(IReadOnlyCollection<Guid> besides, int limit, CancellationToken cancellationToken) => database.ReadAsync(
        async (connection, token) => (await connection.QueryAsync<Guid>(Command(
            $"""
            SELECT w.id FROM webhook w
            WHERE {Free} AND w.id <> ALL(@besides) AND (w.quiet_until IS NULL OR w.quiet_until <= @now) AND (
                EXISTS (SELECT FROM {Due})
                OR (SELECT count(*) {Waiting}) < {MostWaiting} AND EXISTS (
                    SELECT FROM outbox o WHERE (o.xid, o.position) > (w.xid, w.position) AND o.xid < pg_snapshot_xmin(pg_current_snapshot())))
            ORDER BY w.lease_end_time NULLS FIRST, w.id LIMIT @limit
            """,
            new { besides = besides.ToArray(), now = time.GetUtcNow(), limit },
            token))).ToList(),
        cancellationToken);

    /// <summary>Takes a webhook, or nothing when another replica was faster.</summary>
    public Task<Turn?> TakeAsync(Guid id, CancellationToken cancellationToken) => WriteAsync(
        async (work, token) =>
        {
            var lease = Guid.CreateVersion7(work.Now);
            // By the clock of the database, which all replicas share.
            var taken = await work.Connection.QuerySingleOrDefaultAsync<TakenRow?>(Command(
                $"UPDATE webhook w SET lease_id = @lease, lease_end_time = now() + @seconds * interval '1 second' WHERE w.id = @id AND {Free} RETURNING xid::text AS xid, position, dead_in_a_row",
                new { id, lease, seconds = LeaseTime.TotalSeconds },
                token));
            if (taken is null) return null;
            var webhook = await WebhookStore.FindAsync(work.Connection, id, token);
            var after = new FeedPosition(ulong.Parse(taken.Xid, CultureInfo.InvariantCulture), taken.Position);
            return webhook is null ? null : new Turn(webhook, lease, after, taken.DeadInARow);
        },
        cancellationToken);

    /// <summary>Whether its owner has not changed the webhook since the turn was taken.</summary>
    public Task<bool> IsCurrentAsync(Turn turn, CancellationToken cancellationToken) => database.ReadAsync(
        (connection, token) => connection.QuerySingleAsync<bool>(Command(
            "SELECT EXISTS (SELECT FROM webhook WHERE id = @Id AND version = @Version)", new { turn.Webhook.Id, turn.Webhook.Version }, token)),
        cancellationToken);

    /// <summary>The earlier deliveries that are due again, and the subjects of all that are pending.</summary>
    public Task<(List<Pending> Due, HashSet<string> Subjects, int Count)> WaitingAsync(Guid id, CancellationToken cancellationToken) => database.ReadAsync(
        async (connection, token) =>
        {
            var values = new { id, now = time.GetUtcNow(), limit = TurnSize };
            var due = await connection.QueryAsync<DueRow>(Command(
                $"""
                SELECT d.attempts, d.first_attempt_time, o.id, o.topic, o.type, o.subject, o.place_code, o.sequence, o.event_time, o.traceparent, o.data_json
                FROM webhook w, {Due} AND w.id = @id
                ORDER BY d.ordinal LIMIT @limit
                """,
                values, token));
            var subjects = (await connection.QueryAsync<string>(Command(
                "SELECT subject FROM webhook_delivery WHERE webhook_id = @id AND next_attempt_time IS NOT NULL", values, token))).ToList();
            return (due.Select(row => row.ToPending()).ToList(), subjects.ToHashSet(StringComparer.Ordinal), subjects.Count);
        },
        cancellationToken);

    /// <summary>Writes the result of a turn and releases the webhook.</summary>
    /// <returns>Whether the lease still held; otherwise nothing is written, and the same events are sent again.</returns>
    public Task<bool> EndAsync(Turn turn, TurnResult result, CancellationToken cancellationToken) => WriteAsync(
        async (work, token) =>
        {
            var pause = result.Pause == WebhookPauseReason.Unspecified ? null : result.Pause.ToString();
            var held = await work.Connection.ExecuteAsync(Command(
                """
                UPDATE webhook SET xid = @xid::xid8, position = @position, dead_in_a_row = @dead, quiet_until = @quiet, lease_id = NULL, lease_end_time = NULL,
                    success_time = CASE WHEN @delivered THEN @now ELSE success_time END,
                    update_time = CASE WHEN @pause IS NOT NULL AND pause_reason IS NULL THEN @now ELSE update_time END,
                    version = version + CASE WHEN @pause IS NOT NULL AND pause_reason IS NULL THEN 1 ELSE 0 END,
                    pause_reason = coalesce(pause_reason, @pause)
                WHERE id = @id AND lease_id = @lease
                """,
                new
                {
                    id = turn.Webhook.Id,
                    lease = turn.Lease,
                    xid = result.Position.Xid.ToString(CultureInfo.InvariantCulture),
                    position = result.Position.Position,
                    dead = result.DeadInARow,
                    quiet = result.QuietUntil,
                    delivered = result.Delivered,
                    now = work.Now,
                    pause,
                },
                token));
            if (held == 0) return false;
            if (result.Done.Count > 0) work.ExecuteOnCommit("DELETE FROM webhook_delivery WHERE webhook_id = @Id AND event_id = ANY(@done)", new { turn.Webhook.Id, done = result.Done.ToArray() });
            foreach (var undelivered in result.Undelivered) Keep(work, turn.Webhook.Id, undelivered);
            if (pause is not null) work.Audit("webhook.pause", "webhook", turn.Webhook.Id.ToString(), detailJson: $$"""{"reason":"{{pause}}"}""");
            return true;
        },
        cancellationToken);

    /// <summary>Gives a webhook back that cannot be served now.</summary>
    public Task<bool> PutOffAsync(Turn turn, TimeSpan pause, CancellationToken cancellationToken) => EndAsync(
        turn, new TurnResult { Position = turn.After, DeadInARow = turn.DeadInARow, QuietUntil = time.GetUtcNow() + pause }, cancellationToken);

    public Task<WebhookLag> StateAsync(CancellationToken cancellationToken) => database.ReadAsync(
        (connection, token) => connection.QuerySingleAsync<WebhookLag>(Command(
            $"""
            SELECT coalesce(extract(epoch FROM @now - min(least(
                       (SELECT min(d.event_time) {Waiting}),
                       (SELECT o.event_time FROM outbox o WHERE (o.xid, o.position) > (w.xid, w.position) ORDER BY o.xid, o.position LIMIT 1)))
                       FILTER (WHERE w.pause_reason IS NULL)), 0)::float8 AS lag_seconds,
                   (SELECT count(*) FROM webhook_delivery WHERE next_attempt_time IS NOT NULL) AS waiting,
                   (SELECT count(*) FROM webhook_delivery WHERE next_attempt_time IS NULL) AS dead,
                   count(*) FILTER (WHERE w.pause_reason IS NOT NULL) AS paused
            FROM webhook w
            """,
            new { now = time.GetUtcNow() },
            token)),
        cancellationToken);

    private static void Keep(UnitOfWork work, Guid webhook, Undelivered undelivered)
    {
        var waiting = undelivered.Pending.Event;
        work.ExecuteOnCommit(
            """
            INSERT INTO webhook_delivery (webhook_id, event_id, type, subject, event_time, attempts, http_status, failure, first_attempt_time, attempt_time, next_attempt_time, create_time)
            VALUES (@webhook, @Id, @Type, @Subject, @Time, @Attempts, @Status::int, @failure::text, @Started::timestamptz, @attemptTime::timestamptz, @Next::timestamptz, @Now)
            ON CONFLICT (webhook_id, event_id) DO UPDATE SET attempts = EXCLUDED.attempts, http_status = EXCLUDED.http_status, failure = EXCLUDED.failure,
                first_attempt_time = EXCLUDED.first_attempt_time, attempt_time = EXCLUDED.attempt_time, next_attempt_time = EXCLUDED.next_attempt_time
            """,
            new
            {
                webhook,
                waiting.Id,
                waiting.Type,
                waiting.Subject,
                waiting.Time,
                undelivered.Attempts,
                undelivered.Attempt?.Status,
                failure = undelivered.Attempt?.Failure.ToString(),
                undelivered.Started,
                attemptTime = undelivered.Attempt is null ? null : (DateTimeOffset?)work.Now,
                undelivered.Next,
                work.Now,
            });
    }

    private Task<T> WriteAsync<T>(Func<UnitOfWork, CancellationToken, Task<T>> action, CancellationToken cancellationToken) =>
        database.WriteAsync(new WriteContext($"jiceng/{service.Value}", "webhooks"), action, cancellationToken);

    private static CommandDefinition Command(string sql, object values, CancellationToken cancellationToken) =>
        new(sql, values, cancellationToken: cancellationToken);

    private sealed record TakenRow(string Xid, long Position, int DeadInARow);

    private sealed class DueRow : OutboxRow
    {
        public int Attempts { get; init; }

        public DateTimeOffset? FirstAttemptTime { get; init; }

        public Pending ToPending() => new(ToEnvelope(), false, Attempts, FirstAttemptTime);
    }
}
