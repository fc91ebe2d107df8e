using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using Dapper;
using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Scoring.Points.Domain;
using Jiceng.Scoring.Schemes.Domain;
using Jiceng.Scoring.Subjects.Domain;
using Npgsql;

namespace Jiceng.Scoring.Schemes;

/// <summary>Schemes and their versions.</summary>
internal static class SchemeStore
{
    public const string ResourceSql = "SELECT place_code FROM scheme WHERE id = @id ORDER BY version LIMIT 1";

    private const string Columns =
        """
        SELECT id, version, state, name, subject_kind, period_kind, place_code, terms, effective_date, create_time, publish_time, revision
        FROM scheme
        """;

    /// <summary>Keys of all published versions.</summary>
    public const string PublishedKeys = "SELECT id, version FROM scheme WHERE state = 'published'";

    /// <summary>Advisory lock that facts take shared and a publication alone; "scheme" in ASCII.</summary>
    public const long PublicationLock = 0x736368656D65;

    private static readonly ConcurrentDictionary<(Guid Id, int Version), Scheme> Read = new();

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        // jsonb keeps its own order of keys.
        AllowOutOfOrderMetadataProperties = true,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Waits for all facts under way and keeps off new ones: each fact sees a new scheme, or its publication sees the fact.</summary>
    public static Task LockPublicationAsync(UnitOfWork work, CancellationToken cancellationToken) =>
        work.Connection.ExecuteAsync(new CommandDefinition(
            "SELECT pg_advisory_xact_lock(@key)", new { key = PublicationLock }, work.Transaction, cancellationToken: cancellationToken));

    public static async Task<IReadOnlyList<Scheme>> PublishedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var keys = await connection.QueryAsync<(Guid, int)>(new CommandDefinition(PublishedKeys, cancellationToken: cancellationToken));
        return await PublishedAsync(connection, keys.AsList(), cancellationToken);
    }

    /// <summary>The published versions of these keys. What is published never changes, so each is read once by a process. Not for a transaction that publishes.</summary>
    public static async Task<IReadOnlyList<Scheme>> PublishedAsync(
        NpgsqlConnection connection, IReadOnlyCollection<(Guid Id, int Version)> keys, CancellationToken cancellationToken)
    {
        var unread = keys.Where(key => !Read.ContainsKey(key)).ToList();
        if (unread.Count > 0)
        {
            var read = await QueryAsync(
                connection,
                $"{Columns} WHERE state = 'published' AND (id, version) IN (SELECT * FROM unnest(@ids, @versions))",
                new { ids = unread.Select(key => key.Id).ToArray(), versions = unread.Select(key => key.Version).ToArray() },
                cancellationToken);
            foreach (var scheme in read) Read[(scheme.Id, scheme.Version)] = scheme;
        }

        return [.. keys.Select(key => Read[key])];
    }

    /// <summary>All versions of a scheme, newest first.</summary>
    public static async Task<IReadOnlyList<Scheme>> VersionsAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        await QueryAsync(connection, $"{Columns} WHERE id = @id ORDER BY version DESC", new { id }, cancellationToken);

    /// <summary>A version, locked for this transaction; null when there is none.</summary>
    public static async Task<Scheme?> LockAsync(UnitOfWork work, Guid id, int version, CancellationToken cancellationToken) =>
        (await QueryAsync(work.Connection, $"{Columns} WHERE id = @id AND version = @version FOR UPDATE", new { id, version }, cancellationToken))
        .SingleOrDefault();

    public static async Task<IReadOnlyList<Scheme>> ListAsync(
        NpgsqlConnection connection, PlaceCode? place, SchemeState? state, SubjectKind? kind, (Guid Id, int Version)? after, int limit,
        CancellationToken cancellationToken) =>
        await QueryAsync(
            connection,
            $"""
            {Columns}
            WHERE (@place::text IS NULL OR starts_with(@place, place_code)) AND (@state::text IS NULL OR state = @state)
              AND (@kind::text IS NULL OR subject_kind = @kind) AND (@afterId::uuid IS NULL OR (id, -version) > (@afterId, -@afterVersion))
            ORDER BY id, version DESC LIMIT @limit
            """,
            new
            {
                place = place?.Value,
                state = state is { } s ? EnumNames.Of(s) : null,
                kind = kind?.Text(),
                afterId = after?.Id,
                afterVersion = after?.Version ?? 0,
                limit,
            },
            cancellationToken);

    public static Task InsertAsync(UnitOfWork work, Scheme scheme, CancellationToken cancellationToken) => work.Connection.ExecuteAsync(new CommandDefinition(
        """
        INSERT INTO scheme (id, version, state, name, subject_kind, period_kind, place_code, terms, create_time, revision)
        VALUES (@id, @version, 'draft', @name, @subjectKind, @periodKind, @place, @terms::jsonb, @createTime, @revision)
        """,
        new
        {
            id = scheme.Id,
            version = scheme.Version,
            name = scheme.Name,
            subjectKind = scheme.SubjectKind.Text(),
            periodKind = EnumNames.Of(scheme.PeriodKind),
            place = scheme.Place.Value,
            terms = JsonSerializer.Serialize(scheme.Terms, Json),
            createTime = scheme.CreateTime,
            revision = scheme.Revision,
        },
        work.Transaction, cancellationToken: cancellationToken));

    /// <summary>Writes a draft that was locked, as edited or as published.</summary>
    public static Task UpdateAsync(UnitOfWork work, Scheme scheme, CancellationToken cancellationToken) => work.Connection.ExecuteAsync(new CommandDefinition(
        """
        UPDATE scheme SET state = @state, name = @name, terms = @terms::jsonb, effective_date = @effectiveDate, publish_time = @publishTime,
            publisher_id = CASE WHEN @state = 'published' THEN @caller END, revision = @revision
        WHERE id = @id AND version = @version
        """,
        new
        {
            id = scheme.Id,
            version = scheme.Version,
            state = EnumNames.Of(scheme.State),
            name = scheme.Name,
            terms = JsonSerializer.Serialize(scheme.Terms, Json),
            effectiveDate = scheme.EffectiveDate,
            publishTime = scheme.PublishTime,
            caller = work.CallerId,
            revision = scheme.Revision,
        },
        work.Transaction, cancellationToken: cancellationToken));

    private static async Task<IReadOnlyList<Scheme>> QueryAsync(NpgsqlConnection connection, string sql, object values, CancellationToken cancellationToken)
    {
        var rows = await connection.QueryAsync<SchemeRow>(new CommandDefinition(sql, values, cancellationToken: cancellationToken));
        return [.. rows.Select(row => row.ToScheme())];
    }

    private sealed class SchemeRow
    {
        public Guid Id { get; init; }

        public int Version { get; init; }

        public string State { get; init; } = "";

        public string Name { get; init; } = "";

        public string SubjectKind { get; init; } = "";

        public string PeriodKind { get; init; } = "";

        public string PlaceCode { get; init; } = "";

        public string Terms { get; init; } = "";

        public DateOnly? EffectiveDate { get; init; }

        public DateTimeOffset CreateTime { get; init; }

        public DateTimeOffset? PublishTime { get; init; }

        public long Revision { get; init; }

        public Scheme ToScheme() => new()
        {
            Id = Id,
            Version = Version,
            State = EnumNames.Parse<SchemeState>(State),
            Name = Name,
            SubjectKind = EnumNames.Parse<SubjectKind>(SubjectKind),
            PeriodKind = EnumNames.Parse<PeriodKind>(PeriodKind),
            Place = Jiceng.Domain.PlaceCode.Parse(PlaceCode),
            Terms = JsonSerializer.Deserialize<SchemeTerms>(Terms, Json) ?? throw new InvalidOperationException($"Scheme {Id} has no terms."),
            EffectiveDate = EffectiveDate,
            CreateTime = CreateTime,
            PublishTime = PublishTime,
            Revision = Revision,
        };
    }
}
