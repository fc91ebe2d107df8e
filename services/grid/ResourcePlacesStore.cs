using System.Collections.Immutable;
using Dapper;
using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Rpc;

namespace Jiceng.Grid;

/// <summary>Where grid's resources belong: a case to the node where it was found, or to the node that owns it; a duty to its node.</summary>
internal sealed class ResourcePlacesStore(Database database) : IResourcePlaces
{
    public Task<ResourcePlace?> FindAsync(string kind, Guid id, CancellationToken cancellationToken) => kind switch
    {
        "case" => QueryAsync("SELECT node_code, handler_ids, reporter_id FROM grid_case WHERE case_id = @id", id, cancellationToken),
        "case_owner" => QueryAsync("SELECT owner_code, '{}'::uuid[], '' FROM grid_case WHERE case_id = @id", id, cancellationToken),
        "duty" => QueryAsync("SELECT node_code, '{}'::uuid[], '' FROM duty WHERE duty_id = @id", id, cancellationToken),
        _ => throw new InvalidOperationException($"Grid has no resource of kind {kind}."),
    };

    private async Task<ResourcePlace?> QueryAsync(string sql, Guid id, CancellationToken cancellationToken)
    {
        var found = await database.ReadAsync(
            (connection, token) => connection.QuerySingleOrDefaultAsync<(string Code, Guid[] Handlers, string Reporter)?>(
                new CommandDefinition(sql, new { id }, cancellationToken: token)),
            cancellationToken);
        if (found is not { } row)
            return null;
        ImmutableArray<string> owners = [.. row.Handlers.Select(handler => handler.ToString()), row.Reporter];
        return new ResourcePlace(PlaceCode.Parse(row.Code), owners);
    }
}
