using System.Collections.Immutable;
using Jiceng.Cadre.Records.Domain;
using Jiceng.Domain;
using Jiceng.Persistence;
using Npgsql;

namespace Jiceng.Cadre.Records;

/// <summary>Which records to list. Null: all.</summary>
internal sealed record RecordFilter(RecordKind? Kind, Guid? SubjectId, DateOnly? From, DateOnly? To);

internal static class RecordStore
{
    public const string ResourceSql =
        """
        SELECT r.place_code, array_remove(ARRAY[p.person_id::text], NULL) AS owner_ids
        FROM record r LEFT JOIN person p USING (person_id) WHERE r.record_id = @id
        """;

    private const string Columns =
        """
        record_id AS id, kind, person_id, organization_id, place_code AS place, level, title, document_number, document_date, topic,
        record_time, recorded_by
        """;

    public static Task<Record?> FindAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        connection.RowOrNoneAsync<Record>($"SELECT {Columns} FROM record WHERE record_id = @id", new { id }, cancellationToken);

    /// <summary>The record of the same document for the same subject; nobody else can write it until the transaction ends.</summary>
    public static async Task<Guid?> FindSameAsync(
        UnitOfWork work, RecordKind kind, string documentNumber, Guid subjectId, CancellationToken cancellationToken)
    {
        await work.LockAsync([$"record.document:{kind}:{subjectId}:{documentNumber}"], cancellationToken);
        return await work.Connection.ValueAsync<Guid?>(
            """
            SELECT record_id FROM record
            WHERE kind = @kind AND document_number = @documentNumber AND coalesce(person_id, organization_id) = @subjectId
            """,
            new { kind = EnumNames.Of(kind), documentNumber, subjectId }, cancellationToken);
    }

    /// <summary>Newest document first, after the given one.</summary>
    public static Task<List<Record>> ListAsync(
        NpgsqlConnection connection, ImmutableArray<PlaceCode> within, RecordFilter filter, (DateOnly Date, Guid Id)? after, int size, CancellationToken cancellationToken) => connection.RowsAsync<Record>(
            $"""
            SELECT {Columns}
            FROM record
            WHERE EXISTS (SELECT FROM unnest(@lows, @highs) AS scope (low, high) WHERE place_code >= scope.low AND place_code < scope.high)
              AND (@kind = '' OR kind = @kind)
              AND (@SubjectId IS NULL OR coalesce(person_id, organization_id) = @SubjectId)
              AND (@From::date IS NULL OR document_date >= @From::date)
              AND (@To::date IS NULL OR document_date <= @To::date)
              AND (document_date, record_id) < (@afterDate, @afterId)
            ORDER BY document_date DESC, record_id DESC
            LIMIT @size
            """,
            new
            {
                lows = within.Lows(),
                highs = within.Highs(),
                kind = filter.Kind is { } wanted ? EnumNames.Of(wanted) : "",
                filter.SubjectId,
                filter.From,
                filter.To,
                afterDate = after?.Date ?? DateOnly.MaxValue,
                afterId = after?.Id ?? Guid.AllBitsSet,
                size,
            }, cancellationToken);

    public static void AddOnCommit(UnitOfWork work, Record record) => work.ExecuteOnCommit(
        """
        INSERT INTO record (
            record_id, kind, person_id, organization_id, place_code, level, title, document_number, document_date, topic, record_time, recorded_by)
        VALUES (@Id, @Kind, @PersonId, @OrganizationId, @Place, @Level, @Title, @DocumentNumber, @DocumentDate, @Topic, @RecordTime, @RecordedBy)
        """,
        record);
}
