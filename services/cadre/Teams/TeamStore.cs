using System.Collections.Immutable;
using Jiceng.Cadre.Appointments.Domain;
using Jiceng.Cadre.Organizations.Domain;
using Jiceng.Cadre.Persons.Domain;
using Jiceng.Cadre.Teams.Domain;
using Jiceng.Domain;
using Jiceng.Persistence;
using Npgsql;

namespace Jiceng.Cadre.Teams;

internal static class TeamStore
{
    private const int VillageDigits = 12;

    /// <summary>Everybody in office on the day, once.</summary>
    public static async Task<List<TeamMember>> ListMembersAsync(
        NpgsqlConnection connection,
        ImmutableArray<PlaceCode> within,
        DateOnly day,
        IReadOnlyCollection<OrganizationKind> kinds,
        IReadOnlyCollection<Position> positions,
        CancellationToken cancellationToken)
    {
        var rows = await connection.RowsAsync<(DateOnly BirthDate, string Sex, string Education)>(
            """
            SELECT DISTINCT ON (p.person_id) p.birth_date, p.sex, state.education
            FROM unnest(@lows, @highs) AS scope (low, high)
            JOIN organization_on(@day) o ON o.place_code >= scope.low AND o.place_code < scope.high
            JOIN appointment a
                ON a.organization_id = o.organization_id AND a.start_date <= @day AND (a.end_date IS NULL OR a.end_date >= @day)
            -- Birth date and sex do not change: what is recorded now corrects what was recorded then.
            JOIN person p ON p.person_id = a.person_id
            JOIN person_on(@day) state ON state.person_id = a.person_id
            WHERE (cardinality(@kinds) = 0 OR o.kind = ANY (@kinds))
              AND (cardinality(@positions) = 0 OR a.position = ANY (@positions))
            """,
            new
            {
                lows = within.Lows(),
                highs = within.Highs(),
                day,
                kinds = kinds.Select(EnumNames.Of).ToArray(),
                positions = positions.Select(EnumNames.Of).ToArray(),
            },
            cancellationToken);
        return [.. rows.Select(row => new TeamMember(row.BirthDate, EnumNames.Parse<Sex>(row.Sex), EnumNames.Parse<Education>(row.Education)))];
    }

    /// <summary>The villages with a seated organisation on the day, by place code.</summary>
    /// <param name="afterPlace">Only villages after this code; empty from the first.</param>
    public static async Task<List<VillageTeam>> ListVillagesAsync(
        NpgsqlConnection connection, ImmutableArray<PlaceCode> within, DateOnly day, string afterPlace, int size, CancellationToken cancellationToken)
    {
        var rows = await connection.RowsAsync<Row>(
            """
            WITH village AS (
                -- The first state of an organisation answers for the days before it too, so two may claim a past seat: the one
                -- that had begun has it.
                SELECT DISTINCT ON (o.place_code) o.place_code, o.organization_id
                FROM unnest(@lows, @highs) AS scope (low, high)
                JOIN organization_on(@day) o ON o.place_code >= scope.low AND o.place_code < scope.high
                WHERE o.seated AND length(o.place_code) = @digits AND o.place_code > @afterPlace
                ORDER BY o.place_code, o.effective_date > @day, o.effective_date DESC
                LIMIT @size
            ),
            reserve AS (
                SELECT left(o.place_code, @digits) AS place_code, count(*)::int AS reserves
                FROM person_on(@day) p
                JOIN organization o USING (organization_id)
                WHERE 'reserve' = ANY (p.categories) AND length(o.place_code) >= @digits
                GROUP BY 1
            ),
            holder AS (
                SELECT organization_id, position, person_id FROM appointment
                WHERE position IN ('secretary', 'village_head') AND start_date <= @day AND (end_date IS NULL OR end_date >= @day)
            )
            SELECT v.place_code, v.organization_id, s.person_id AS secretary_id, h.person_id AS village_head_id,
                coalesce(r.reserves, 0) AS reserves
            FROM village v
            LEFT JOIN holder s ON s.organization_id = v.organization_id AND s.position = 'secretary'
            LEFT JOIN holder h ON h.organization_id = v.organization_id AND h.position = 'village_head'
            LEFT JOIN reserve r ON r.place_code = v.place_code
            ORDER BY v.place_code
            """,
            new { lows = within.Lows(), highs = within.Highs(), day, digits = VillageDigits, afterPlace, size }, cancellationToken);
        return
        [
            .. rows.Select(row => new VillageTeam(row.PlaceCode, row.OrganizationId, row.SecretaryId, row.VillageHeadId, row.Reserves)),
        ];
    }

    private sealed record Row
    {
        public string PlaceCode { get; init; } = "";

        public Guid OrganizationId { get; init; }

        public Guid? SecretaryId { get; init; }

        public Guid? VillageHeadId { get; init; }

        public int Reserves { get; init; }
    }
}
