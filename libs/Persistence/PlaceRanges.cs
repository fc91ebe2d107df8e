using Jiceng.Domain;

namespace Jiceng.Persistence;

/// <summary>
/// Places as the bounds of ranges that SQL searches: <c>unnest(@lows, @highs) AS place (low, high)</c>, joined by
/// <c>place_code &gt;= low AND place_code &lt; high</c> on a column of collation "C".
/// </summary>
public static class PlaceRanges
{
    /// <summary>Lower bounds, included: the codes.</summary>
    public static string[] Lows(this IEnumerable<PlaceCode> places) => [.. places.Select(place => place.Value)];

    /// <summary>Upper bounds, excluded: <see cref="PlaceCode.Upper"/> of each.</summary>
    public static string[] Highs(this IEnumerable<PlaceCode> places) => [.. places.Select(place => place.Upper)];
}
