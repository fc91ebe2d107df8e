using System.Collections.Immutable;
using Jiceng.Cadre.Organizations.Domain;
using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Rpc;
using Npgsql;

namespace Jiceng.Cadre.Organizations;

internal static class OrganizationStore
{
    public const string ResourceSql = "SELECT place_code, '{}'::text[] AS owner_ids FROM organization WHERE organization_id = @id";

    private const string Columns =
        """
        organization_id, name, kind, place_code, parent_id, organization_class, state, rectification_plan, seated, effective_date,
        create_time, update_time, updated_by, version
        """;

    private const string Selected =
        """
        organization_id AS id, name, replace(kind, '_', '') AS kind, place_code AS place, parent_id, organization_class AS class, state,
        rectification_plan, seated, effective_date, create_time, update_time, updated_by, version
        """;

    public static Task<Organization?> FindAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        connection.RowOrNoneAsync<Organization>($"SELECT {Selected} FROM organization WHERE organization_id = @id", new { id }, cancellationToken);

    /// <summary>Reads it and keeps others from changing it, or its appointments, until the transaction ends.</summary>
    public static Task<Organization?> LockAsync(UnitOfWork work, Guid id, CancellationToken cancellationToken) =>
        work.Connection.RowOrNoneAsync<Organization>(
            $"SELECT {Selected} FROM organization WHERE organization_id = @id FOR NO KEY UPDATE", new { id }, cancellationToken);

    public static Task<Organization?> FindOnAsync(NpgsqlConnection connection, Guid id, DateOnly day, CancellationToken cancellationToken) =>
        connection.RowOrNoneAsync<Organization>(
            $"""
            SELECT {Selected} FROM organization_history WHERE organization_id = @id
            ORDER BY effective_date > @day, CASE WHEN effective_date > @day THEN version ELSE -version END LIMIT 1
            """,
            new { id, day }, cancellationToken);

    public static async Task<Guid?> FindSeatedAsync(NpgsqlConnection connection, PlaceCode place, CancellationToken cancellationToken) =>
        await connection.ValueAsync<Guid?>(
            "SELECT organization_id FROM organization WHERE place_code = @place AND seated", new { place }, cancellationToken);

    /// <summary>Whether the organisation is the other one or stands below it.</summary>
    public static Task<bool> IsBelowAsync(NpgsqlConnection connection, Guid id, Guid other, CancellationToken cancellationToken) =>
        connection.ValueAsync<bool>(
            """
            WITH RECURSIVE up AS (
                SELECT organization_id, parent_id FROM organization WHERE organization_id = @id
                UNION
                SELECT o.organization_id, o.parent_id FROM organization o JOIN up ON o.organization_id = up.parent_id
            )
            SELECT EXISTS (SELECT FROM up WHERE organization_id = @other)
            """,
            new { id, other }, cancellationToken);

    public static Task<List<Organization>> ListAsync(
        NpgsqlConnection connection,
        ImmutableArray<PlaceCode> within,
        IReadOnlyCollection<OrganizationKind> kinds,
        OrganizationState? state,
        Guid? parentId,
        PlacePage page,
        CancellationToken cancellationToken) =>
        connection.RowsAsync<Organization>(
            $"""
            SELECT {Selected}
            FROM unnest(@lows, @highs) AS scope (low, high)
            JOIN organization ON place_code >= scope.low AND place_code < scope.high
            WHERE (cardinality(@kinds) = 0 OR kind = ANY (@kinds))
              AND (@state = '' OR state = @state)
              AND (@parentId IS NULL OR parent_id = @parentId)
              AND (place_code, organization_id) > (@AfterPlace, @AfterId)
            ORDER BY place_code, organization_id
            LIMIT @Limit
            """,
            new
            {
                lows = within.Lows(),
                highs = within.Highs(),
                kinds = kinds.Select(EnumNames.Of).ToArray(),
                state = state is { } wanted ? EnumNames.Of(wanted) : "",
                parentId,
                page.AfterPlace,
                page.AfterId,
                page.Limit,
            }, cancellationToken);

    /// <summary>The states with a version below the given one, newest first.</summary>
    public static Task<List<Organization>> ListHistoryAsync(
        NpgsqlConnection connection, Guid id, long before, int size, CancellationToken cancellationToken) =>
        connection.RowsAsync<Organization>(
            $"""
            SELECT {Selected} FROM organization_history WHERE organization_id = @id AND version < @before
            ORDER BY version DESC LIMIT @size
            """,
            new { id, before, size }, cancellationToken);

    public static Task InsertAsync(UnitOfWork work, Organization organization, CancellationToken cancellationToken) => work.Connection.RunAsync(
        $"""
        WITH state AS (
            INSERT INTO organization ({Columns})
            VALUES (@Id, @Name, @Kind, @Place, @ParentId, @Class, @State, @RectificationPlan, @Seated, @EffectiveDate,
                @CreateTime, @UpdateTime, @UpdatedBy, @Version)
            RETURNING *
        )
        INSERT INTO organization_history ({Columns}) SELECT {Columns} FROM state
        """,
        Parameters(organization), cancellationToken);

    public static Task UpdateAsync(UnitOfWork work, Organization organization, CancellationToken cancellationToken) => work.Connection.RunAsync(
        $"""
        WITH state AS (
            UPDATE organization
            SET name = @Name, kind = @Kind, parent_id = @ParentId, organization_class = @Class, state = @State,
                rectification_plan = @RectificationPlan, seated = @Seated, effective_date = @EffectiveDate, update_time = @UpdateTime,
                updated_by = @UpdatedBy, version = @Version
            WHERE organization_id = @Id
            RETURNING *
        )
        INSERT INTO organization_history ({Columns}) SELECT {Columns} FROM state
        """,
        Parameters(organization), cancellationToken);

    private static object Parameters(Organization o) => new
    {
        o.Id,
        o.Name,
        Kind = EnumNames.Of(o.Kind),
        o.Place,
        o.ParentId,
        Class = EnumNames.Of(o.Class),
        State = EnumNames.Of(o.State),
        o.RectificationPlan,
        o.Seated,
        o.EffectiveDate,
        o.CreateTime,
        o.UpdateTime,
        o.UpdatedBy,
        o.Version,
    };
}
