using System.Collections.Immutable;
using Jiceng.Domain;

namespace Jiceng.Rpc;

/// <summary>Tells the place of a resource, so that access to it can be checked. A service implements it once.</summary>
public interface IResourcePlaces
{
    /// <summary>The place of a resource, or null when there is no such resource.</summary>
    /// <param name="kind">Kind, as the access options of the service name it.</param>
    /// <param name="id">Id of the resource.</param>
    /// <param name="cancellationToken">Ends the look-up.</param>
    Task<ResourcePlace?> FindAsync(string kind, Guid id, CancellationToken cancellationToken);
}

/// <summary>Where a resource belongs.</summary>
/// <param name="Place">Its place.</param>
/// <param name="Owners">Subjects whose own it is, for methods that let them in whatever their scope (本人可见).</param>
public sealed record ResourcePlace(PlaceCode Place, ImmutableArray<string> Owners);
