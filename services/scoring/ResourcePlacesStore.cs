using Dapper;
using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Rpc;
using Jiceng.Scoring.Subjects;
using Jiceng.Scoring.Subjects.Domain;

namespace Jiceng.Scoring;

/// <summary>Places and owners of what the service's requests name by id.</summary>
internal sealed class ResourcePlacesStore(Database database) : IResourcePlaces
{
    public async Task<ResourcePlace?> FindAsync(string kind, Guid id, CancellationToken cancellationToken)
    {
        var sql = kind switch
        {
            "scheme" => "SELECT place_code, '' AS kind, '' AS subject_id FROM scheme WHERE id = @id ORDER BY version LIMIT 1",
            "subject" => "SELECT place_code, kind, id AS subject_id FROM subject WHERE id = @text LIMIT 1",
            "item" => OfSubject("item"),
            "entry" => OfSubject("ledger_entry"),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };
        var row = await database.ReadAsync(
            (connection, token) => connection.QuerySingleOrDefaultAsync<Row>(new CommandDefinition(
                sql, new { id, text = id.ToString() }, cancellationToken: token)),
            cancellationToken);
        return row is null ? null : new ResourcePlace(PlaceCode.Parse(row.PlaceCode), [.. row.Owners]);
    }

    private static string OfSubject(string table) => $"SELECT place_code, kind, subject_id FROM {table} WHERE id = @id";

    private sealed class Row
    {
        public string PlaceCode { get; init; } = "";

        public string Kind { get; init; } = "";

        public string SubjectId { get; init; } = "";

        public IEnumerable<string> Owners => Kind == SubjectKind.Person.Text() ? [SubjectId] : [];
    }
}
