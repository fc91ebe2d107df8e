using Dapper;
using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Scoring.Items.Domain;
using Jiceng.Scoring.Subjects;
using Jiceng.Scoring.Subjects.Domain;
using Npgsql;

namespace Jiceng.Scoring.Items;

/// <summary>Assigned items.</summary>
internal static class ItemStore
{
    public const string ResourceSql = $"{SubjectStore.PlaceAndOwner} FROM item WHERE id = @id";

    private const string Columns =
        """
        SELECT id, place_code, kind, subject_id, title, division, difficulty, due_time, state, result, assigner_id, assign_time,
            hand_in_id, hand_in_remark, hand_in_time, closer_id, close_remark, close_time, revision
        FROM item
        """;

    public static async Task<Item?> FindAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        (await QueryAsync(connection, $"{Columns} WHERE id = @id", new { id }, cancellationToken)).SingleOrDefault();

    /// <summary>The item, locked for this transaction; null when there is none.</summary>
    public static async Task<Item?> LockAsync(UnitOfWork work, Guid id, CancellationToken cancellationToken) =>
        (await QueryAsync(work.Connection, $"{Columns} WHERE id = @id FOR UPDATE", new { id }, cancellationToken)).SingleOrDefault();

    /// <summary>Items in the places, newest first, older than an id.</summary>
    public static Task<IReadOnlyList<Item>> ListAsync(
        NpgsqlConnection connection, IReadOnlyCollection<PlaceCode> places, string? subjectId, ItemState? state, Guid? before, int limit,
        CancellationToken cancellationToken) => QueryAsync(
        connection,
        $"""
        {Columns}
        WHERE EXISTS (SELECT 1 FROM unnest(@lows, @highs) AS place (low, high) WHERE place_code >= low AND place_code < high)
          AND (@subjectId::text IS NULL OR subject_id = @subjectId) AND (@state::text IS NULL OR state = @state)
          AND (@before::uuid IS NULL OR id < @before)
        ORDER BY id DESC LIMIT @limit
        """,
        new
        {
            lows = places.Lows(),
            highs = places.Highs(),
            subjectId,
            state = state is { } s ? EnumNames.Of(s) : null,
            before,
            limit,
        },
        cancellationToken);

    public static Task InsertAsync(UnitOfWork work, Item item, CancellationToken cancellationToken) => work.Connection.ExecuteAsync(new CommandDefinition(
        """
        INSERT INTO item (id, place_code, kind, subject_id, title, division, difficulty, due_time, state, assigner_id, assign_time, revision)
        VALUES (@id, @place, @kind, @subjectId, @title, @division, @difficulty, @dueTime, 'assigned', @assignerId, @assignTime, @revision)
        """,
        new
        {
            id = item.Id,
            place = item.Place.Value,
            kind = item.Subject.Kind.Text(),
            subjectId = item.Subject.Id,
            title = item.Title,
            division = item.Division,
            difficulty = item.Difficulty,
            dueTime = item.DueTime,
            assignerId = item.AssignerId,
            assignTime = item.AssignTime,
            revision = item.Revision,
        },
        work.Transaction, cancellationToken: cancellationToken));

    /// <summary>Writes an item that was locked.</summary>
    public static Task UpdateAsync(UnitOfWork work, Item item, CancellationToken cancellationToken) => work.Connection.ExecuteAsync(new CommandDefinition(
        """
        UPDATE item SET state = @state, result = @result, hand_in_id = @handInId, hand_in_remark = @handInRemark, hand_in_time = @handInTime,
            closer_id = @closerId, close_remark = @closeRemark, close_time = @closeTime, revision = @revision
        WHERE id = @id
        """,
        new
        {
            id = item.Id,
            state = EnumNames.Of(item.State),
            result = item.Result is { } result ? EnumNames.Of(result) : null,
            handInId = item.HandInId,
            handInRemark = item.HandInRemark,
            handInTime = item.HandInTime,
            closerId = item.CloserId,
            closeRemark = item.CloseRemark,
            closeTime = item.CloseTime,
            revision = item.Revision,
        },
        work.Transaction, cancellationToken: cancellationToken));

    private static async Task<IReadOnlyList<Item>> QueryAsync(NpgsqlConnection connection, string sql, object values, CancellationToken cancellationToken) =>
        [.. (await connection.QueryAsync<ItemRow>(new CommandDefinition(sql, values, cancellationToken: cancellationToken))).Select(row => row.ToItem())];

    private sealed class ItemRow
    {
        public Guid Id { get; init; }

        public string PlaceCode { get; init; } = "";

        public string Kind { get; init; } = "";

        public string SubjectId { get; init; } = "";

        public string Title { get; init; } = "";

        public string Division { get; init; } = "";

        public int Difficulty { get; init; }

        public DateTimeOffset DueTime { get; init; }

        public string State { get; init; } = "";

        public string? Result { get; init; }

        public string AssignerId { get; init; } = "";

        public DateTimeOffset AssignTime { get; init; }

        public string HandInId { get; init; } = "";

        public string HandInRemark { get; init; } = "";

        public DateTimeOffset? HandInTime { get; init; }

        public string CloserId { get; init; } = "";

        public string CloseRemark { get; init; } = "";

        public DateTimeOffset? CloseTime { get; init; }

        public long Revision { get; init; }

        public Item ToItem() => new()
        {
            Id = Id,
            Place = Jiceng.Domain.PlaceCode.Parse(PlaceCode),
            Subject = new SubjectRef(EnumNames.Parse<SubjectKind>(Kind), SubjectId),
            Title = Title,
            Division = Division,
            Difficulty = Difficulty,
            DueTime = DueTime,
            AssignerId = AssignerId,
            AssignTime = AssignTime,
            State = EnumNames.Parse<ItemState>(State),
            Result = Result is null ? null : EnumNames.Parse<ItemResult>(Result),
            HandInId = HandInId,
            HandInRemark = HandInRemark,
            HandInTime = HandInTime,
            CloserId = CloserId,
            CloseRemark = CloseRemark,
            CloseTime = CloseTime,
            Revision = Revision,
        };
    }
}
