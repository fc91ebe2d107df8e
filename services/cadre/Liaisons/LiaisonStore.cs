using System.Collections.Immutable;
using Jiceng.Cadre.Liaisons.Domain;
using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Rpc;
using Npgsql;

namespace Jiceng.Cadre.Liaisons;

internal static class LiaisonStore
{
    public const string ResourceSql = "SELECT place_code FROM liaison WHERE liaison_id = @id";

    private const string Columns =
        """
        liaison_id AS id, place_code AS place, replace(helper_kind, '_', '') AS helper_kind, helper_name, start_date, end_date, end_reason,
        update_time, version
        """;

    public static Task<Liaison?> FindAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        connection.RowOrNoneAsync<Liaison>($"SELECT {Columns} FROM liaison WHERE liaison_id = @id", new { id }, cancellationToken);

    /// <summary>Reads it and keeps others from changing it until the transaction ends.</summary>
    public static Task<Liaison?> LockAsync(UnitOfWork work, Guid id, CancellationToken cancellationToken) =>
        work.Connection.RowOrNoneAsync<Liaison>($"SELECT {Columns} FROM liaison WHERE liaison_id = @id FOR UPDATE", new { id }, cancellationToken);

    /// <summary>The newest liaison of each village; nobody else can assign one there until the transaction ends.</summary>
    public static async Task<Dictionary<PlaceCode, Liaison>> LockVillagesAsync(UnitOfWork work, PlaceCode[] villages, CancellationToken cancellationToken)
    {
        await work.LockAsync([.. villages.Order().Select(village => $"liaison:{village}")], cancellationToken);
        var last = await work.Connection.RowsAsync<Liaison>(
            $"SELECT DISTINCT ON (place_code) {Columns} FROM liaison WHERE place_code = ANY (@villages) ORDER BY place_code, end_date DESC NULLS FIRST",
            new { villages = villages.Lows() }, cancellationToken);
        return last.ToDictionary(liaison => liaison.Place);
    }

    public static Task<List<Liaison>> ListAsync(
        NpgsqlConnection connection, ImmutableArray<PlaceCode> within, HelperKind? kind, DateOnly? day, PlacePage page, CancellationToken cancellationToken) =>
        connection.RowsAsync<Liaison>(
            $"""
            SELECT {Columns}
            FROM unnest(@lows, @highs) AS scope (low, high)
            JOIN liaison ON place_code >= scope.low AND place_code < scope.high
            WHERE (@kind = '' OR helper_kind = @kind)
              AND (@day::date IS NULL OR @day::date BETWEEN start_date AND coalesce(end_date, 'infinity'))
              AND (place_code, liaison_id) > (@AfterPlace, @AfterId)
            ORDER BY place_code, liaison_id
            LIMIT @Limit
            """,
            new { lows = within.Lows(), highs = within.Highs(), kind = kind is { } wanted ? EnumNames.Of(wanted) : "", day, page.AfterPlace, page.AfterId, page.Limit },
            cancellationToken);

    public static void AddOnCommit(UnitOfWork work, Liaison liaison) => work.ExecuteOnCommit(
        """
        INSERT INTO liaison (liaison_id, place_code, helper_kind, helper_name, start_date, end_date, end_reason, update_time, version)
        VALUES (@Id, @Place, @HelperKind, @HelperName, @StartDate, @EndDate, @EndReason, @UpdateTime, @Version)
        """,
        liaison);

    public static void SaveOnCommit(UnitOfWork work, Liaison liaison) => work.ExecuteOnCommit(
        "UPDATE liaison SET end_date = @EndDate, end_reason = @EndReason, update_time = @UpdateTime, version = @Version WHERE liaison_id = @Id", liaison);
}
