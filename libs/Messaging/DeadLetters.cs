using System.Security.Cryptography;
using Dapper;
using Jiceng.Domain;
using Jiceng.Persistence;
using Microsoft.Extensions.Logging;

namespace Jiceng.Messaging;

internal sealed record DeadLetterRow(string EventId, string Type, string Topic, DateTimeOffset ArrivalTime, string Error, int ReplayCount);

/// <summary>Messages that could not be handled: stored, reported, and handled again on request.</summary>
internal sealed partial class DeadLetters(
    ServiceName service, Subscriptions subscriptions, Database database, EventDispatcher dispatcher, MessagingTelemetry telemetry, TimeProvider time,
    ILogger<DeadLetters> logger)
{
    private const int LongestName = 200;

    /// <summary>
    /// Takes a message whose retries ended. Tries it once more, since what failed may work by now, and stores it with the kind of the
    /// error when it fails again.
    /// </summary>
    /// <exception cref="ApiException">DEPENDENCY_UNAVAILABLE: it was neither handled nor stored; the sidecar tries again.</exception>
    public async Task ReceiveAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        try
        {
            await dispatcher.DispatchAsync(CloudEvents.Read(message), cancellationToken);
        }
        catch (ApiException refused) when (refused.Reason.Kind == ErrorKind.Unavailable)
        {
            // Nothing is wrong with the event, and as a dead letter the feed would pass it by.
            throw;
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            await StoreAsync(message, failure, cancellationToken);
        }
    }

    /// <summary>Stores a message that failed, unless the event has taken effect meanwhile.</summary>
    public async Task StoreAsync(ReadOnlyMemory<byte> message, Exception failure, CancellationToken cancellationToken)
    {
        var (id, type, topic) = CloudEvents.Peek(message);
        Guid? eventId = Guid.TryParse(id, out var parsed) ? parsed : null;
        // A message without a UUID gets an id made of its bytes: the same message again is the same dead letter.
        var letterId = eventId?.ToString() ?? "sha256-" + Convert.ToHexStringLower(SHA256.HashData(message.Span).AsSpan(0, 16));
        var error = EventDispatcher.ErrorKindOf(failure);
        var stored = await ExecuteAsync(
            """
            INSERT INTO dead_letter (event_id, type, topic, arrival_time, error, message)
            SELECT @letterId, @type, @topic, @now, @error, @message
            WHERE NOT EXISTS (SELECT FROM inbox WHERE consumer = @consumer AND event_id = @eventId)
            ON CONFLICT (event_id) DO UPDATE SET error = EXCLUDED.error
            """,
            new
            {
                letterId,
                type = Storable(type),
                topic = Storable(topic),
                now = time.GetUtcNow(),
                error,
                message = message.ToArray(),
                consumer = service.Value,
                eventId,
            },
            cancellationToken);
        if (stored == 0) return;
        telemetry.DeadLetters.Add(1, MessagingTelemetry.Tag(subscriptions.Find(type) is null ? "other" : type));
        Stored(letterId, error);
    }

    /// <summary>The letters after a position, newest first.</summary>
    public Task<List<DeadLetterRow>> ListAsync(
        (DateTimeOffset ArrivalTime, string EventId)? after, int limit, CancellationToken cancellationToken) =>
        database.ReadAsync(
            async (connection, token) => (await connection.QueryAsync<DeadLetterRow>(new CommandDefinition(
                """
                SELECT event_id, type, topic, arrival_time, error, replay_count FROM dead_letter
                WHERE @first OR (arrival_time, event_id) < (@arrival, @id)
                ORDER BY arrival_time DESC, event_id DESC LIMIT @limit
                """,
                new { first = after is null, arrival = after?.ArrivalTime ?? time.GetUtcNow(), id = after?.EventId ?? "", limit },
                cancellationToken: token))).ToList(),
            cancellationToken);

    /// <summary>The ids of all letters, oldest first, or those of the given ones that exist.</summary>
    public Task<List<string>> FindAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken) =>
        database.ReadAsync(
            async (connection, token) => (await connection.QueryAsync<string>(new CommandDefinition(
                "SELECT event_id FROM dead_letter WHERE @all OR event_id = ANY(@ids) ORDER BY arrival_time, event_id",
                new { all = ids.Count == 0, ids = ids.ToArray() },
                cancellationToken: token))).ToList(),
            cancellationToken);

    /// <summary>Handles a letter again.</summary>
    /// <returns>Whether it is done with; else it stays, with its new error.</returns>
    public async Task<bool> ReplayAsync(string id, CancellationToken cancellationToken)
    {
        var message = await database.ReadAsync(
            (connection, token) => connection.ExecuteScalarAsync<byte[]?>(
                new CommandDefinition("SELECT message FROM dead_letter WHERE event_id = @id", new { id }, cancellationToken: token)),
            cancellationToken);
        if (message is null) return true;
        try
        {
            await dispatcher.DispatchAsync(CloudEvents.Read(message), cancellationToken);
            await ExecuteAsync("DELETE FROM dead_letter WHERE event_id = @id", new { id }, cancellationToken);
            return true;
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            await ExecuteAsync(
                "UPDATE dead_letter SET replay_count = replay_count + 1, error = @error WHERE event_id = @id",
                new { id, error = EventDispatcher.ErrorKindOf(failure) },
                cancellationToken);
            return false;
        }
    }

    private Task<int> ExecuteAsync(string sql, object values, CancellationToken cancellationToken) => database.WriteAsync(
        new WriteContext($"jiceng/{service.Value}", "events/dead"),
        (work, token) => work.Connection.ExecuteAsync(new CommandDefinition(sql, values, work.Transaction, cancellationToken: token)),
        cancellationToken);

    // The message comes from outside: PostgreSQL keeps no U+0000, and a name has no need to be long.
    private static string Storable(string value) => (value.Length <= LongestName ? value : value[..LongestName]).Replace('\0', '?');

    [LoggerMessage(Level = LogLevel.Warning, Message = "Message {EventId} could not be handled and is kept as a dead letter: {Error}")]
    private partial void Stored(string eventId, string error);
}
