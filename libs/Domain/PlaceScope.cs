using System.Collections.Immutable;

namespace Jiceng.Domain;

/// <summary>A caller's scope (管辖范围): it reaches each of its places and all that lies below them.</summary>
/// <param name="Codes">The places; none overlaps another.</param>
public sealed record PlaceScope(ImmutableArray<PlaceCode> Codes)
{
    /// <summary>The scope that reaches nothing.</summary>
    public static PlaceScope None { get; } = new(ImmutableArray<PlaceCode>.Empty);

    /// <summary>The scope of the given places, without those that lie below another of them.</summary>
    public static PlaceScope Of(IEnumerable<PlaceCode> places)
    {
        var kept = ImmutableArray.CreateBuilder<PlaceCode>();
        foreach (var place in places.Order())
        {
            // In ordinal order a place stands before all below it, so only the last one kept can contain it.
            if (kept.Count == 0 || !kept[^1].Contains(place))
                kept.Add(place);
        }

        return new PlaceScope(kept.ToImmutable());
    }

    /// <summary>Whether the scope reaches the place.</summary>
    public bool Contains(PlaceCode place) => Codes.Any(code => code.Contains(place));

    /// <summary>
    /// The places to search below so that the answer stays in scope: the wanted place where the scope reaches it, the parts of
    /// the scope below the wanted place otherwise, the whole scope when none is wanted. Empty means nothing may be seen.
    /// </summary>
    public ImmutableArray<PlaceCode> Intersect(PlaceCode? wanted)
    {
        if (wanted is not { } place)
            return Codes;
        return Contains(place) ? [place] : [.. Codes.Where(place.Contains)];
    }
}
