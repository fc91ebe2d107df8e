using Dapper;
using Grpc.Core;
using Jiceng.Common.V1;
using Jiceng.Domain;
using Jiceng.Persistence;

namespace Jiceng.Messaging;

/// <summary>Reads one feed from its stored position, and handles events that are not in the inbox.</summary>
internal sealed class FeedReader(
    ServiceName service, Subscriptions subscriptions, Database database, EventDispatcher dispatcher, DeadLetters deadLetters,
    MessagingTelemetry telemetry, TimeProvider time)
{
    private const int Parallel = 4;

    /// <summary>Reads until the feed has no more, or only what the broker may still bring. Does nothing while another replica reads the same feed.</summary>
    /// <param name="source">Short name of the service.</param>
    /// <param name="types">The types to ask for.</param>
    /// <param name="onTheirWay">Younger events than this are left to the broker; a later pull reads them.</param>
    /// <param name="read">Asks the feed for what follows a position.</param>
    /// <param name="cancellationToken">Ends it early; the next pull goes on.</param>
    /// <returns>Number of events that took effect.</returns>
    public async Task<int> PullAsync(
        string source, string[] types, TimeSpan onTheirWay, Func<string, CancellationToken, Task<ReadEventsResponse>> read, CancellationToken cancellationToken)
    {
        await using var turn = await database.Source.OpenConnectionAsync(cancellationToken);
        await using var held = await turn.BeginTransactionAsync(cancellationToken);
        var mine = await turn.ExecuteScalarAsync<bool>(
            Command("SELECT pg_try_advisory_xact_lock(hashtextextended(@key, 0))", new { key = $"feed/{source}" }, cancellationToken));
        if (!mine) return 0;
        var recovered = 0;
        var position = await PositionAsync(source, types, cancellationToken);
        while (true)
        {
            var page = await ReadAsync(position, read, cancellationToken);
            var due = time.GetUtcNow() - onTheirWay;
            var old = page.Events.TakeWhile(received => received.Time.ToDateTimeOffset() <= due).ToList();
            recovered += await HandleAsync(old, cancellationToken);
            // A position is that of a whole page: this one is read once more when all of it is old.
            if (old.Count < page.Events.Count) return recovered;
            position = page.NextPosition;
            await KeepAsync(source, types, position, cancellationToken);
            if (page.CaughtUp) return recovered;
        }
    }

    private static async Task<ReadEventsResponse> ReadAsync(
        string position, Func<string, CancellationToken, Task<ReadEventsResponse>> read, CancellationToken cancellationToken)
    {
        try
        {
            return await read(position, cancellationToken);
        }
        catch (RpcException refused) when (refused.StatusCode == StatusCode.InvalidArgument && position.Length > 0)
        {
            // The feed is another one than when the position was kept, for example restored: from the start, the inbox knows the rest.
            return await read("", cancellationToken);
        }
    }

    private async Task<int> HandleAsync(List<Event> events, CancellationToken cancellationToken)
    {
        if (events.Count == 0) return 0;
        var known = await KnownAsync(events.Select(received => received.Id).ToArray(), cancellationToken);
        var recovered = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken };
        await System.Threading.Tasks.Parallel.ForEachAsync(
            events.Where(received => !known.Contains(received.Id)),
            options,
            async (received, token) =>
            {
                if (await HandleAsync(received.ToEnvelope(subscriptions.Find(received.Type)?.Topic ?? ""), token)) Interlocked.Increment(ref recovered);
            });
        return recovered;
    }

    private async Task<bool> HandleAsync(Envelope envelope, CancellationToken cancellationToken)
    {
        try
        {
            if (await dispatcher.DispatchAsync(envelope, cancellationToken) != Outcome.Handled) return false;
            telemetry.Recovered.Add(1, MessagingTelemetry.Tag(envelope.Type));
            return true;
        }
        catch (ApiException refused) when (refused.Reason.Kind == ErrorKind.Unavailable)
        {
            throw;
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            // One that fails must not hold up all that follow it.
            await deadLetters.StoreAsync(CloudEvents.Write(envelope), failure, cancellationToken);
            return false;
        }
    }

    private Task<HashSet<string>> KnownAsync(string[] ids, CancellationToken cancellationToken) => database.ReadAsync(
        async (connection, token) => (await connection.QueryAsync<string>(Command(
            """
            SELECT event_id::text FROM inbox WHERE consumer = @consumer AND event_id = ANY(@ids::uuid[])
            UNION SELECT event_id FROM dead_letter WHERE event_id = ANY(@ids)
            """,
            new { consumer = service.Value, ids },
            token))).ToHashSet(StringComparer.Ordinal),
        cancellationToken);

    private Task<string> PositionAsync(string source, string[] types, CancellationToken cancellationToken) => database.ReadAsync(
        async (connection, token) => await connection.ExecuteScalarAsync<string?>(Command(
            "SELECT position FROM feed_cursor WHERE source = @source AND types = @types",
            new { source, types = string.Join(',', types) },
            token)) ?? "",
        cancellationToken);

    private Task<int> KeepAsync(string source, string[] types, string position, CancellationToken cancellationToken) => database.WriteAsync(
        new WriteContext($"jiceng/{service.Value}", $"feed/{source}"),
        (work, token) => work.Connection.ExecuteAsync(Command(
            """
            INSERT INTO feed_cursor (source, types, position, update_time) VALUES (@source, @types, @position, @now)
            ON CONFLICT (source) DO UPDATE SET types = EXCLUDED.types, position = EXCLUDED.position, update_time = EXCLUDED.update_time
            """,
            new { source, types = string.Join(',', types), position, now = work.Now },
            token)),
        cancellationToken);

    private static CommandDefinition Command(string sql, object values, CancellationToken cancellationToken) =>
        new(sql, values, cancellationToken: cancellationToken);
}
