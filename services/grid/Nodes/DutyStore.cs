using System.Collections.Immutable;
using Dapper;
using Jiceng.Domain;
using Jiceng.Grid.Nodes.Domain;
using Jiceng.Persistence;
using Jiceng.Rpc;
using Npgsql;

namespace Jiceng.Grid.Nodes;

/// <summary>Duties, and what is known of the appointments that heads follow, in PostgreSQL.</summary>
internal static class DutyStore
{
    public const string ResourceSql = "SELECT node_code AS place_code FROM duty WHERE duty_id = @id";

    private const string Columns = "d.duty_id, d.node_code, d.person_id, d.role, d.start_time, d.end_time, d.appointment_id, d.version";

    public static async Task<PlaceCode?> FindPlaceAsync(NpgsqlConnection connection, Guid dutyId, CancellationToken cancellationToken) =>
        await connection.QuerySingleOrDefaultAsync<PlaceCode?>(new CommandDefinition(
            "SELECT node_code FROM duty WHERE duty_id = @dutyId", new { dutyId }, cancellationToken: cancellationToken));

    public static async Task<Duty> GetAsync(UnitOfWork work, Guid dutyId, CancellationToken cancellationToken) =>
        await work.Connection.QuerySingleAsync<Duty>(new CommandDefinition(
            $"SELECT {Columns} FROM duty d WHERE d.duty_id = @dutyId FOR UPDATE", new { dutyId }, work.Transaction, cancellationToken: cancellationToken));

    public static async Task<Duty?> FindHeadAsync(UnitOfWork work, PlaceCode node, CancellationToken cancellationToken) =>
        await work.Connection.QuerySingleOrDefaultAsync<Duty>(new CommandDefinition(
            $"SELECT {Columns} FROM duty d WHERE d.node_code = @node AND d.role = 'head' AND d.end_time IS NULL",
            new { node = node.Value }, work.Transaction, cancellationToken: cancellationToken));

    public static async Task<bool> IsOnDutyAsync(UnitOfWork work, PlaceCode node, Guid personId, string role, CancellationToken cancellationToken) =>
        await work.Connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "SELECT EXISTS (SELECT 1 FROM duty WHERE node_code = @node AND person_id = @personId AND role = @role AND end_time IS NULL)",
            new { node = node.Value, personId, role }, work.Transaction, cancellationToken: cancellationToken));

    public static async Task<IReadOnlyList<Duty>> ListAsync(
        NpgsqlConnection connection,
        ImmutableArray<PlaceCode> within,
        bool recursive,
        Guid? personId,
        bool includeEnded,
        PlacePage page,
        CancellationToken cancellationToken) =>
        (await connection.QueryAsync<Duty>(new CommandDefinition(
            $"""
            SELECT {Columns} FROM unnest(@low, @high) AS r(low, high)
            JOIN duty d ON d.node_code >= r.low COLLATE "C" AND d.node_code < r.high COLLATE "C"
            WHERE (@recursive OR d.node_code = r.low COLLATE "C")
              AND (@personId IS NULL OR d.person_id = @personId)
              AND (@includeEnded OR d.end_time IS NULL)
              AND (d.node_code, d.duty_id) > (@AfterPlace, @AfterId)
            ORDER BY d.node_code, d.duty_id LIMIT @Limit
            """,
            new
            {
                low = within.Lows(),
                high = within.Highs(),
                recursive,
                personId,
                includeEnded,
                page.AfterPlace,
                page.AfterId,
                page.Limit,
            },
            cancellationToken: cancellationToken))).AsList();

    public static void AddOnCommit(UnitOfWork work, Duty duty) => work.ExecuteOnCommit(
        """
        INSERT INTO duty (duty_id, node_code, person_id, role, start_time, end_time, appointment_id, version)
        VALUES (@DutyId, @NodeCode, @PersonId, @Role, @StartTime, @EndTime, @AppointmentId, @Version)
        """,
        duty);

    public static void SaveOnCommit(UnitOfWork work, Duty duty) => work.ExecuteOnCommit(
        "UPDATE duty SET end_time = @EndTime, version = @Version WHERE duty_id = @DutyId", duty);

    /// <summary>Keeps an appointment as cadre reported it, unless something newer is known.</summary>
    /// <returns>Whether it was news.</returns>
    public static async Task<bool> KeepAppointmentAsync(
        UnitOfWork work,
        Guid appointmentId,
        Guid personId,
        PlaceCode place,
        bool headsPlace,
        DateOnly start,
        DateOnly? end,
        long sequence,
        CancellationToken cancellationToken) =>
        await work.Connection.ExecuteAsync(new CommandDefinition(
            """
            INSERT INTO appointment_copy AS a (appointment_id, person_id, place_code, heads_place, start_date, end_date, sequence)
            VALUES (@appointmentId, @personId, @place, @headsPlace, @start, @end, @sequence)
            ON CONFLICT (appointment_id) DO UPDATE SET
                person_id = excluded.person_id, place_code = excluded.place_code, heads_place = excluded.heads_place,
                start_date = excluded.start_date, end_date = excluded.end_date, sequence = excluded.sequence
            WHERE a.sequence < excluded.sequence
            """,
            new { appointmentId, personId, place = place.Value, headsPlace, start, end, sequence },
            work.Transaction,
            cancellationToken: cancellationToken)) == 1;

    /// <summary>The appointment whose holder heads the place on that day; the latest start wins.</summary>
    public static async Task<HeadAppointment?> FindHeadAppointmentAsync(UnitOfWork work, PlaceCode place, DateOnly day, CancellationToken cancellationToken) =>
        await work.Connection.QuerySingleOrDefaultAsync<HeadAppointment>(new CommandDefinition(
            """
            SELECT appointment_id, person_id FROM appointment_copy
            WHERE place_code = @place AND heads_place AND start_date <= @day AND (end_date IS NULL OR end_date >= @day)
            ORDER BY start_date DESC, appointment_id DESC LIMIT 1
            """,
            new { place = place.Value, day }, work.Transaction, cancellationToken: cancellationToken));

    /// <summary>Nodes whose head is not the one that the appointments say on that day.</summary>
    public static async Task<IReadOnlyList<PlaceCode>> ListMisheadedAsync(NpgsqlConnection connection, DateOnly day, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<PlaceCode>(new CommandDefinition(
            """
            SELECT n.code
            FROM (SELECT DISTINCT place_code FROM appointment_copy WHERE heads_place) p
            JOIN node n ON n.code = p.place_code
            LEFT JOIN LATERAL (
                SELECT a.person_id FROM appointment_copy a
                WHERE a.place_code = p.place_code AND a.heads_place AND a.start_date <= @day AND (a.end_date IS NULL OR a.end_date >= @day)
                ORDER BY a.start_date DESC, a.appointment_id DESC LIMIT 1) due ON true
            LEFT JOIN duty d ON d.node_code = n.code AND d.role = 'head' AND d.end_time IS NULL
            WHERE (due.person_id IS NOT NULL AND due.person_id IS DISTINCT FROM n.head_person_id)
               OR (due.person_id IS NULL AND d.appointment_id IS NOT NULL)
            ORDER BY n.code
            """,
            new { day }, cancellationToken: cancellationToken))).AsList();
}
