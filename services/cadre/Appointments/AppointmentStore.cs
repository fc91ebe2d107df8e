using System.Collections.Immutable;
using Jiceng.Cadre.Appointments.Domain;
using Jiceng.Cadre.Organizations.Domain;
using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Rpc;
using Npgsql;

namespace Jiceng.Cadre.Appointments;

/// <summary>Which appointments to list. Null and empty: all.</summary>
/// <param name="Day">In force on this day; null whatever the day.</param>
internal sealed record AppointmentFilter(Guid? OrganizationId, Guid? PersonId, IReadOnlyCollection<Position> Positions, DateOnly? Day);

internal static class AppointmentStore
{
    public const string ResourceSql =
        """
        SELECT o.place_code, ARRAY[a.person_id::text] AS owner_ids
        FROM appointment a JOIN organization o USING (organization_id) WHERE a.appointment_id = @id
        """;

    private const string Columns =
        """
        appointment_id, person_id, organization_id, position, source, start_date, end_date, end_reason, end_remark,
        create_time, update_time, updated_by, version
        """;

    private const string Joined =
        """
        a.appointment_id AS id, a.person_id, p.name AS person_name, a.organization_id, replace(o.kind, '_', '') AS organization_kind,
        o.place_code AS place, o.seated, replace(a.position, '_', '') AS position, replace(a.source, '_', '') AS source, a.start_date, a.end_date,
        replace(a.end_reason, '_', '') AS end_reason, a.end_remark, a.create_time, a.update_time, a.updated_by, a.version
        """;

    private const string From =
        "FROM appointment a JOIN person p USING (person_id) JOIN organization o ON o.organization_id = a.organization_id";

    public static Task<Appointment?> FindAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        connection.RowOrNoneAsync<Appointment>($"SELECT {Joined} {From} WHERE a.appointment_id = @id", new { id }, cancellationToken);

    public static Task<Appointment?> LockAsync(UnitOfWork work, Guid id, CancellationToken cancellationToken) =>
        work.Connection.RowOrNoneAsync<Appointment>(
            $"SELECT {Joined} {From} WHERE a.appointment_id = @id FOR NO KEY UPDATE OF a", new { id }, cancellationToken);

    /// <summary>Everybody who ever had or will have the post; they cannot change until the transaction ends.</summary>
    public static Task<List<Appointment>> LockPostAsync(UnitOfWork work, Guid organizationId, Position position, CancellationToken cancellationToken) =>
        work.Connection.RowsAsync<Appointment>(
            $"SELECT {Joined} {From} WHERE a.organization_id = @organizationId AND a.position = @position FOR NO KEY UPDATE OF a",
            new { organizationId, position = EnumNames.Of(position) }, cancellationToken);

    /// <summary>Appointments in the organisation that last on the day or begin later; they cannot change until the transaction ends.</summary>
    public static Task<List<Appointment>> LockLastingAsync(UnitOfWork work, Guid organizationId, DateOnly day, CancellationToken cancellationToken) =>
        work.Connection.RowsAsync<Appointment>(
            $"""
            SELECT {Joined} {From}
            WHERE a.organization_id = @organizationId AND (a.end_date IS NULL OR a.end_date >= @day)
            ORDER BY a.appointment_id
            FOR NO KEY UPDATE OF a
            """,
            new { organizationId, day }, cancellationToken);

    public static Task<List<Appointment>> ListAsync(
        NpgsqlConnection connection, ImmutableArray<PlaceCode> within, AppointmentFilter filter, PlacePage page, CancellationToken cancellationToken) =>
        connection.RowsAsync<Appointment>(
            $"""
            SELECT {Joined}
            FROM unnest(@lows, @highs) AS scope (low, high)
            JOIN organization o ON o.place_code >= scope.low AND o.place_code < scope.high
            JOIN appointment a USING (organization_id)
            JOIN person p USING (person_id)
            WHERE (@OrganizationId IS NULL OR a.organization_id = @OrganizationId)
              AND (@PersonId IS NULL OR a.person_id = @PersonId)
              AND (cardinality(@positions) = 0 OR a.position = ANY (@positions))
              AND (@Day::date IS NULL OR (a.start_date <= @Day::date AND (a.end_date IS NULL OR a.end_date >= @Day::date)))
              AND (o.place_code, a.appointment_id) > (@AfterPlace, @AfterId)
            ORDER BY o.place_code, a.appointment_id
            LIMIT @Limit
            """,
            new
            {
                lows = within.Lows(),
                highs = within.Highs(),
                filter.OrganizationId,
                filter.PersonId,
                positions = filter.Positions.Select(EnumNames.Of).ToArray(),
                filter.Day,
                page.AfterPlace,
                page.AfterId,
                page.Limit,
            }, cancellationToken);

    public static Task InsertAsync(UnitOfWork work, Appointment appointment, CancellationToken cancellationToken) => work.Connection.RunAsync(
        $"""
        WITH state AS (
            INSERT INTO appointment ({Columns})
            VALUES (@Id, @PersonId, @OrganizationId, @Position, @Source, @StartDate, @EndDate, @EndReason, @EndRemark,
                @CreateTime, @UpdateTime, @UpdatedBy, @Version)
            RETURNING *
        )
        INSERT INTO appointment_history ({Columns}) SELECT {Columns} FROM state
        """,
        Parameters(appointment), cancellationToken);

    public static Task UpdateAsync(UnitOfWork work, Appointment appointment, CancellationToken cancellationToken) => work.Connection.RunAsync(
        $"""
        WITH state AS (
            UPDATE appointment
            SET end_date = @EndDate, end_reason = @EndReason, end_remark = @EndRemark, update_time = @UpdateTime, updated_by = @UpdatedBy,
                version = @Version
            WHERE appointment_id = @Id
            RETURNING *
        )
        INSERT INTO appointment_history ({Columns}) SELECT {Columns} FROM state
        """,
        Parameters(appointment), cancellationToken);

    private static object Parameters(Appointment a) => new
    {
        a.Id,
        a.PersonId,
        a.OrganizationId,
        Position = EnumNames.Of(a.Position),
        Source = EnumNames.Of(a.Source),
        a.StartDate,
        a.EndDate,
        EndReason = EnumNames.Of(a.EndReason),
        a.EndRemark,
        a.CreateTime,
        a.UpdateTime,
        a.UpdatedBy,
        a.Version,
    };
}
