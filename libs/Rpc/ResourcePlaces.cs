using Jiceng.Domain;
using Jiceng.Persistence;
using Microsoft.Extensions.DependencyInjection;

namespace Jiceng.Rpc;

/// <summary>Registers how the places of resources are found, so that access to them can be checked.</summary>
public static class ResourcePlaces
{
    /// <summary>
    /// Registers one kind of resource. A call that names a kind which is not registered fails.
    /// </summary>
    /// <param name="services">The service's collection.</param>
    /// <param name="kind">Kind, as the access options of the service name it.</param>
    /// <param name="sql">
    /// Reads the resource with the id <c>@id</c> (uuid) and returns no row or one: <c>place_code</c> and, if the resource can have
    /// owners, <c>owner_ids</c> (text[]), the subjects that some methods admit outside their scope (本人可见).
    /// </param>
    public static IServiceCollection AddResource(this IServiceCollection services, string kind, string sql) =>
        services.AddSingleton(new ResourceKind(kind, sql));
}

internal sealed record ResourceKind(string Name, string Sql);

/// <summary>Where a resource belongs.</summary>
internal sealed record ResourcePlace
{
    public required PlaceCode PlaceCode { get; init; }

    public string[] OwnerIds { get; init; } = [];
}

/// <summary>Finds the place of a resource by its id.</summary>
internal sealed class ResourcePlaceStore(Database database, IEnumerable<ResourceKind> kinds)
{
    private readonly Dictionary<string, string> _sql = kinds.ToDictionary(kind => kind.Name, kind => kind.Sql, StringComparer.Ordinal);

    /// <summary>The place of a resource, or null if there is no such resource.</summary>
    public Task<ResourcePlace?> FindAsync(string kind, Guid id, CancellationToken cancellationToken) => database.ReadAsync(
        (connection, token) => connection.RowOrNoneAsync<ResourcePlace>(_sql[kind], new { id }, token), cancellationToken);
}
