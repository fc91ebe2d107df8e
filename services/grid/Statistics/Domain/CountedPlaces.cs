using System.Collections.Immutable;
using Jiceng.Domain;

namespace Jiceng.Grid.Statistics.Domain;

/// <summary>Counts to add up.</summary>
/// <param name="Key">Group of the statistics.</param>
/// <param name="Place">Whose counts.</param>
internal readonly record struct CountTerm(string Key, string Place);

/// <summary>Codes to search, and the length to which a code is cut for the group; 0 for one group.</summary>
/// <param name="Place">The place, with all below it.</param>
/// <param name="KeyLength">Digits of the group.</param>
/// <param name="Counted">Whether it has counts, so that only what they lack is searched for.</param>
internal readonly record struct CountRange(PlaceCode Place, int KeyLength, bool Counted);

/// <summary>
/// Where the statistics of some places come from: from counts down to the townships, from the cases themselves below them
/// (docs/statistics.md).
/// </summary>
internal sealed record CountedPlaces(ImmutableArray<CountTerm> Terms, ImmutableArray<CountRange> Ranges)
{
    /// <summary>Code of all places together.</summary>
    public const string All = "";

    /// <summary>Ends the code under which the cases are counted that lie in a place, but in none of the places below it.</summary>
    public const char Direct = '-';

    /// <summary>Digits of the places that have counts, from the top.</summary>
    public static readonly ImmutableArray<int> Levels =
        [All.Length, (int)PlaceLevel.Province, (int)PlaceLevel.City, (int)PlaceLevel.County, (int)PlaceLevel.Township];

    /// <param name="within">The places of the statistics; none lies in another.</param>
    /// <param name="counted">The levels that are counted by now.</param>
    /// <param name="below">The places with counts directly below each of them if <paramref name="byNode"/>, below <see cref="All"/> otherwise.</param>
    /// <param name="byNode">A group for each place one level below each of them, and one for what lies in none of these.</param>
    public static CountedPlaces Of(ImmutableArray<PlaceCode> within, IReadOnlySet<int> counted, ILookup<string, string> below, bool byNode)
    {
        var ranges = within.Select(place =>
        {
            var length = byNode ? LengthBelow(place.Value) : place.Value.Length;
            return new CountRange(place, byNode ? length : 0, counted.Contains(length));
        }).ToImmutableArray();
        // Who asks for every province that has cases asks for the country, which has counts of its own.
        if (!byNode && counted.Contains(All.Length) && counted.Contains((int)PlaceLevel.Province)
            && below[All].All(province => within.Contains(PlaceCode.Parse(province))))
            return new CountedPlaces([new CountTerm(All, All)], ranges);
        var places = ranges.Where(range => range.Counted).Select(range => range.Place.Value);
        return new CountedPlaces(
            byNode
                ? [.. places.SelectMany(place => below[place]).Select(child => new CountTerm(child.TrimEnd(Direct), child))]
                : [.. places.Select(place => new CountTerm(All, place))],
            ranges);
    }

    /// <summary>Length of the codes one level above a level with counts.</summary>
    public static int LengthAbove(int level) => Levels[Math.Max(0, Levels.IndexOf(level) - 1)];

    /// <summary>Length of the codes one level below.</summary>
    private static int LengthBelow(string code) => code.Length switch { 2 => 4, 4 => 6, var length => length + 3 };
}
