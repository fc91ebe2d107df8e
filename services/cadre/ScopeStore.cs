using System.Collections.Immutable;
using Jiceng.Domain;
using Jiceng.Persistence;

namespace Jiceng.Cadre;

/// <summary>Bounds of the place ranges to search, for <c>unnest(@Low, @High) AS scope (low, high)</c>.</summary>
internal sealed record Ranges(string[] Low, string[] High)
{
    public static Ranges Of(ImmutableArray<PlaceCode> places) =>
        new(places.Lows(), places.Highs());
}

/// <summary>A page of a list in the order of place code and id.</summary>
internal sealed record PlacePage(string AfterPlace, Guid AfterId, int Size);

internal static class ScopeStore
{
    /// <summary>
    /// Lets one transaction at a time check and then write what has to be unique. The unique index stays the last guard; the lock is
    /// what allows the refusal to name the row that is in the way.
    /// </summary>
    public static Task LockAsync(UnitOfWork work, string what, string value, CancellationToken token) =>
        work.LockAsync([$"{what}:{value}"], token);
}
