using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Jiceng.Domain;
using Jiceng.Persistence;
using Npgsql;

namespace Jiceng.Messaging;

/// <summary>A place in the feed: after the event with this transaction id and position.</summary>
internal readonly record struct FeedPosition(ulong Xid, long Position)
{
    private const int Size = sizeof(ulong) + sizeof(long);
    private const int CheckSize = 8;

    public static FeedPosition Start => new(0, 0);

    /// <summary>The position as text that means something only in the feed it came from.</summary>
    /// <param name="feed">Name of the feed and of the cluster that its xids belong to.</param>
    public string ToToken(string feed)
    {
        Span<byte> token = stackalloc byte[Size + CheckSize];
        BinaryPrimitives.WriteUInt64BigEndian(token, Xid);
        BinaryPrimitives.WriteInt64BigEndian(token[sizeof(ulong)..], Position);
        Check(token[..Size], feed, token[Size..]);
        return Base64Url.EncodeToString(token);
    }

    /// <exception cref="ApiException">PAGE_TOKEN_INVALID: another feed handed it out, or none.</exception>
    public static FeedPosition Parse(string token, string feed)
    {
        if (token.Length == 0) return Start;
        Span<byte> bytes = stackalloc byte[Size + CheckSize];
        Span<byte> check = stackalloc byte[CheckSize];
        if (Base64Url.GetMaxDecodedLength(token.Length) == bytes.Length && Base64Url.TryDecodeFromChars(token, bytes, out var length) && length == bytes.Length)
        {
            Check(bytes[..Size], feed, check);
            if (check.SequenceEqual(bytes[Size..]))
                return new FeedPosition(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadInt64BigEndian(bytes[sizeof(ulong)..]));
        }

        throw Foreign();
    }

    public static ApiException Foreign() =>
        CommonErrors.PageTokenInvalid.With().At("after_position", "next_position of an earlier response of this feed, or empty to read from the start");

    private static void Check(ReadOnlySpan<byte> position, string feed, Span<byte> check) =>
        SHA256.HashData([.. position, .. Encoding.UTF8.GetBytes(feed)]).AsSpan(0, CheckSize).CopyTo(check);
}

/// <summary>A stretch of the feed.</summary>
/// <param name="Events">What happened, in commit order.</param>
/// <param name="NextPosition">Where to go on.</param>
/// <param name="CaughtUp">Whether no more is served now.</param>
/// <param name="HeldBack">Whether there are events that wait for an older transaction to end.</param>
internal sealed record FeedPage(IReadOnlyList<Envelope> Events, string NextPosition, bool CaughtUp, bool HeldBack);

/// <summary>
/// The events of this service in commit order. A transaction's events appear once it and every older one have ended, so a reader that
/// goes on from its position misses nothing, whatever was open while it read.
/// </summary>
internal sealed class EventFeed(ServiceName service, Database database)
{
    /// <summary>Payload of a page as large as it should be: gRPC takes no message above 4 MB.</summary>
    public const int PageBytes = 1024 * 1024;

    // Who asks for types of which there are few is not kept waiting until there is one: a page ends behind so many others, too.
    private const int Stretch = 10_000;

    /// <param name="afterPosition">Where to begin; empty is the start.</param>
    /// <param name="limit">At most so many events.</param>
    /// <param name="types">Only these types; null means all.</param>
    /// <param name="bytes">The page ends behind the event that passes so many bytes of payload.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public async Task<FeedPage> ReadAsync(
        string afterPosition, int limit, IReadOnlyCollection<string>? types, int bytes, CancellationToken cancellationToken)
    {
        var (origin, rows) = await database.ReadAsync(
            async (connection, token) =>
            {
                var cluster = await connection.ExecuteScalarAsync<string>(
                    new CommandDefinition("SELECT system_identifier FROM outbox_origin", cancellationToken: token));
                var feed = $"{service.Value}/{cluster}";
                var after = FeedPosition.Parse(afterPosition, feed);
                var all = await ReadAsync(connection, after, limit, types, bytes, token);
                // A position of the future: the cluster lost transactions that this reader saw, by a fail-over.
                if (after.Xid > (ulong)all[0].Horizon) throw FeedPosition.Foreign();
                return (feed, all);
            },
            cancellationToken);
        var (events, next, caughtUp) = Weigh(rows, limit);
        return new FeedPage(events, next.ToToken(origin), caughtUp, rows[0].HeldBack);
    }

    /// <summary>The same by positions that stay in this database.</summary>
    public async Task<(List<Envelope> Events, FeedPosition Next)> ReadAfterAsync(
        FeedPosition after, int limit, IReadOnlyCollection<string>? types, CancellationToken cancellationToken)
    {
        var rows = await database.ReadAsync((connection, token) => ReadAsync(connection, after, limit, types, PageBytes, token), cancellationToken);
        var (events, next, _) = Weigh(rows, limit);
        return (events, next);
    }

    /// <summary>The position behind all that is served now.</summary>
    public Task<string> EndAsync(CancellationToken cancellationToken) => database.ReadAsync(
        async (connection, token) =>
        {
            var (cluster, horizon) = await connection.QuerySingleAsync<(string, long)>(new CommandDefinition(
                "SELECT system_identifier, pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1 FROM outbox_origin", cancellationToken: token));
            return new FeedPosition((ulong)horizon, long.MaxValue).ToToken($"{service.Value}/{cluster}");
        },
        cancellationToken);

    private static async Task<List<Row>> ReadAsync(
        NpgsqlConnection connection, FeedPosition after, int limit, IReadOnlyCollection<string>? types, int bytes, CancellationToken cancellationToken)
    {
        var found = await connection.QueryAsync<Row>(new CommandDefinition(
            """
            WITH horizon AS MATERIALIZED (
                SELECT oldest.xmin, EXISTS (SELECT FROM outbox WHERE outbox.xid >= oldest.xmin) AS held_back
                FROM (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xmin) oldest)
            SELECT horizon.xmin::text::bigint - 1 AS horizon, held_back, stretch.xid::text::bigint AS stretch_xid, stretch.position AS stretch_position, event.*
            FROM horizon
            LEFT JOIN LATERAL (
                SELECT outbox.xid, position FROM outbox
                WHERE NOT @all AND (outbox.xid, position) > (@xid::text::xid8, @position) AND outbox.xid < horizon.xmin
                ORDER BY outbox.xid, position
                OFFSET @stretch LIMIT 1
            ) stretch ON true
            LEFT JOIN LATERAL (
                SELECT page.*, sum(octet_length(data_json)) OVER (ORDER BY page.xid, position) - octet_length(data_json) AS before, count(*) OVER () AS found
                FROM (
                    SELECT xid::text::bigint AS xid, position, id, topic, type, subject, place_code, sequence, event_time, traceparent, data_json
                    FROM outbox
                    WHERE (outbox.xid, position) > (@xid::text::xid8, @position) AND outbox.xid < horizon.xmin
                        AND (outbox.xid, position) <= (coalesce(stretch.xid, horizon.xmin), coalesce(stretch.position, 0)) AND (@all OR type = ANY(@types))
                    ORDER BY outbox.xid, position
                    LIMIT @limit
                ) page
            ) event ON event.before < @bytes
            ORDER BY event.xid, event.position
            """,
            new
            {
                xid = after.Xid.ToString(System.Globalization.CultureInfo.InvariantCulture),
                position = after.Position,
                all = types is null,
                types = types?.ToArray() ?? [],
                limit,
                bytes,
                stretch = Stretch,
            },
            cancellationToken: cancellationToken));
        return found.ToList();
    }

    private static (List<Envelope> Events, FeedPosition Next, bool CaughtUp) Weigh(List<Row> rows, int limit)
    {
        var events = rows.Where(row => row.Position is not null).ToList();
        var whole = events.Count < limit && events.Count == (rows[0].Found ?? 0);
        var caughtUp = whole && rows[0].StretchXid is null;
        // All below the horizon, or in the stretch, was seen, also what the types left out: nothing can appear there any more.
        var next = caughtUp ? new FeedPosition((ulong)rows[0].Horizon, long.MaxValue)
            : whole ? new FeedPosition((ulong)rows[0].StretchXid!, (long)rows[0].StretchPosition!)
            : new FeedPosition((ulong)events[^1].Xid!, (long)events[^1].Position!);
        return (events.ConvertAll(row => row.ToEnvelope()), next, caughtUp);
    }

    /// <summary>What holds for the whole page stands in each row; without an event there is one row with that alone.</summary>
    private sealed class Row : OutboxRow
    {
        public long Horizon { get; init; }

        public bool HeldBack { get; init; }

        public long? StretchXid { get; init; }

        public long? StretchPosition { get; init; }

        public long? Xid { get; init; }

        public long? Position { get; init; }

        public long? Found { get; init; }
    }
}
