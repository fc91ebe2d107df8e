using Jiceng.Domain;
using Jiceng.Scoring.Schemes.Domain;
using Jiceng.Scoring.Subjects.Domain;

namespace Jiceng.Scoring.Ranking.Domain;

/// <summary>What a subject has in a period.</summary>
/// <param name="Subject">Who.</param>
/// <param name="Place">Where it is a member.</param>
/// <param name="Total">Base points and entries.</param>
/// <param name="Deducted">Points taken, as a number of 0 or more.</param>
/// <param name="AwardCount">Number of entries that gave points.</param>
internal sealed record Standing(SubjectRef Subject, PlaceCode Place, decimal Total, decimal Deducted, int AwardCount);

/// <summary>A line of a ranking.</summary>
internal sealed record Ranked(int Rank, SubjectRef Subject, PlaceCode Place, decimal Total);

/// <summary>Puts standings in order. Those equal in total and in every tie-break share a rank: 1, 2, 2, 4.</summary>
internal static class Ranker
{
    public static IReadOnlyList<Ranked> Rank(IEnumerable<Standing> standings, IReadOnlyList<TieBreak> tieBreaks)
    {
        var order = Comparer<Standing>.Create((left, right) => Compare(left, right, tieBreaks));
        var ordered = standings.OrderBy(standing => standing, order).ThenBy(standing => standing.Subject).ToList();
        var ranked = new List<Ranked>(ordered.Count);
        for (var i = 0; i < ordered.Count; i++)
        {
            var shared = i > 0 && order.Compare(ordered[i - 1], ordered[i]) == 0;
            ranked.Add(new Ranked(shared ? ranked[i - 1].Rank : i + 1, ordered[i].Subject, ordered[i].Place, ordered[i].Total));
        }

        return ranked;
    }

    private static int Compare(Standing left, Standing right, IReadOnlyList<TieBreak> tieBreaks)
    {
        var order = right.Total.CompareTo(left.Total);
        for (var i = 0; order == 0 && i < tieBreaks.Count; i++)
        {
            order = tieBreaks[i] switch
            {
                TieBreak.FewerDeductions => left.Deducted.CompareTo(right.Deducted),
                TieBreak.MoreAwards => right.AwardCount.CompareTo(left.AwardCount),
                _ => throw new ArgumentOutOfRangeException(nameof(tieBreaks), tieBreaks[i], null),
            };
        }

        return order;
    }
}
