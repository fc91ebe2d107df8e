using System.Collections.Immutable;
using Jiceng.Domain;

namespace Jiceng.Grid;

/// <summary>Places as the bounds of ranges that SQL searches.</summary>
internal static class PlaceRanges
{
    public static string[] Lows(this ImmutableArray<PlaceCode> places) => [.. places.Select(place => place.Value)];

    public static string[] Highs(this ImmutableArray<PlaceCode> places) => [.. places.Select(place => place.Upper)];
}
