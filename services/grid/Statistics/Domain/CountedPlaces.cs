using System.Collections.Immutable;
using Jiceng.Domain;

namespace Jiceng.Grid.Statistics.Domain;

/// <summary>A place that has counts; the empty code is all places together.</summary>
/// <param name="Place">Its code.</param>
/// <param name="Parent">The one that it lies in.</param>
/// <param name="Split">Whether the places below it have counts too.</param>
internal sealed record CountedPlace(string Place, string? Parent, bool Split);

/// <summary>Counts to add, or to take off.</summary>
/// <param name="Key">Group of the statistics.</param>
/// <param name="Place">Whose counts.</param>
/// <param name="Sign">1 or -1.</param>
internal readonly record struct CountTerm(string Key, string Place, int Sign);

/// <summary>Codes to search, and the length to which a code is cut for the group; 0 for one group.</summary>
/// <param name="Place">The place, with all below it.</param>
/// <param name="KeyLength">Digits of the group.</param>
/// <param name="Counted">Whether it has counts, so that only what they lack is searched for.</param>
internal readonly record struct CountRange(PlaceCode Place, int KeyLength, bool Counted);

/// <summary>
/// Where the statistics of some places come from: from counts where there are some, from the cases themselves where there are few
/// (<see cref="GridOptions.CountFrom"/>).
/// </summary>
internal sealed record CountedPlaces(ImmutableArray<CountTerm> Terms, ImmutableArray<CountRange> Ranges)
{
    /// <summary>Code of all places together.</summary>
    public const string All = "";

    /// <summary>Codes of the places whose counts decide, with all that lie directly below them.</summary>
    public static IEnumerable<string> Asked(IEnumerable<PlaceCode> within) => within.SelectMany(place => (string[])[Above(place), place.Value]).Append(All).Distinct();

    /// <param name="within">The places of the statistics; none lies in another.</param>
    /// <param name="known">What is counted of <see cref="Asked"/>, and below.</param>
    /// <param name="byNode">A group for each place one level below each of them, and one for what lies in none of these.</param>
    public static CountedPlaces Of(ImmutableArray<PlaceCode> within, IReadOnlyList<CountedPlace> known, bool byNode)
    {
        var split = known.Where(place => place.Split).Select(place => place.Place).ToHashSet();
        var below = known.ToLookup(place => place.Parent, place => place.Place);
        var terms = ImmutableArray.CreateBuilder<CountTerm>();
        var ranges = ImmutableArray.CreateBuilder<CountRange>();
        foreach (var place in within)
        {
            var code = place.Value;
            // Places below that have no counts yet have no cases but those that lie in case_delta.
            var counted = split.Contains(Above(place)) && (!byNode || split.Contains(code));
            ranges.Add(new CountRange(place, byNode ? LengthBelow(code) : 0, counted));
            if (!counted)
                continue;
            terms.Add(new CountTerm(byNode ? code : All, code, 1));
            if (byNode)
                terms.AddRange(below[code].SelectMany(child => (CountTerm[])[new CountTerm(child, child, 1), new CountTerm(code, child, -1)]));
        }

        // Who asks for every province that has cases asks for the country, which has counts of its own.
        if (!byNode && split.Contains(All) && below[All].All(province => within.Contains(PlaceCode.Parse(province))))
            return new CountedPlaces([new CountTerm(All, All, 1)], ranges.ToImmutable());
        return new CountedPlaces(terms.ToImmutable(), ranges.ToImmutable());
    }

    /// <summary>Length of the codes one level below.</summary>
    public static int LengthBelow(string code) => code.Length switch { 0 => 2, 2 => 4, 4 => 6, var length => length + 3 };

    private static string Above(PlaceCode place) => place.Parent?.Value ?? All;
}
