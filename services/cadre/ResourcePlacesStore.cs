using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Rpc;

namespace Jiceng.Cadre;

/// <summary>Places of what the contracts of cadre name by id: a person's is that of the organisation where the relation is kept.</summary>
internal sealed class ResourcePlacesStore(Database database) : IResourcePlaces
{
    private const string Organization = "SELECT place_code, '' AS person_id FROM organization WHERE organization_id = @id";

    private const string Person =
        """
        SELECT o.place_code, p.person_id::text AS person_id
        FROM person p JOIN organization o USING (organization_id) WHERE p.person_id = @id
        """;

    private const string Appointment =
        """
        SELECT o.place_code, p.person_id::text AS person_id
        FROM appointment a JOIN organization o USING (organization_id) JOIN person p USING (person_id) WHERE a.appointment_id = @id
        """;

    private const string Record =
        """
        SELECT r.place_code, coalesce(p.person_id::text, '') AS person_id
        FROM record r LEFT JOIN person p USING (person_id) WHERE r.record_id = @id
        """;

    public Task<ResourcePlace?> FindAsync(string kind, Guid id, CancellationToken cancellationToken) => kind switch
    {
        "organization" => QueryAsync(Organization, id, cancellationToken),
        "person" => QueryAsync(Person, id, cancellationToken),
        "appointment" => QueryAsync(Appointment, id, cancellationToken),
        "record" => QueryAsync(Record, id, cancellationToken),
        "subject" => QueryAsync($"{Person} UNION ALL {Organization}", id, cancellationToken),
        _ => throw new InvalidOperationException($"The contracts of cadre name the kind of resource {kind}, which it does not have."),
    };

    private async Task<ResourcePlace?> QueryAsync(string sql, Guid id, CancellationToken cancellationToken)
    {
        var row = await database.ReadAsync(
            (connection, token) => connection.RowOrNoneAsync<(PlaceCode Place, string PersonId)?>(sql, new { id }, token),
            cancellationToken);
        return row is { } found
            ? new ResourcePlace(found.Place, found.PersonId.Length == 0 ? [] : [found.PersonId])
            : null;
    }
}
