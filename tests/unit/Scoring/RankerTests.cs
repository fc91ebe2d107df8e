using FsCheck;
using FsCheck.Fluent;
using Jiceng.Scoring.Ranking.Domain;
using Jiceng.Scoring.Schemes.Domain;
using Jiceng.Scoring.Subjects.Domain;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Scoring;

public sealed class RankerTests
{
    private static readonly Gen<Standing[]> StandingsGen =
        from rows in Gen.ArrayOf(
            from total in Gen.Choose(0, 5)
            from deducted in Gen.Choose(0, 2)
            from awards in Gen.Choose(0, 2)
            select (total, deducted, awards))
        select rows.Select((row, i) => new Standing(SubjectRef.Person($"p{i:D3}"), Samples.County, row.total / 2m, row.deducted, row.awards)).ToArray();

    [Fact]
    public void Rank_EqualTotals_ShareARank_AndTheNextIsSkipped() =>
        Ranker.Rank([Of("a", 12), Of("b", 11), Of("c", 11), Of("d", 10)], []).Select(row => row.Rank).ShouldBe([1, 2, 2, 4]);

    [Fact]
    public void Rank_WithTieBreaks_SharesOnlyWhatIsEqualInAll()
    {
        Standing[] standings = [Of("a", 11, deducted: 2), Of("b", 11, deducted: 0, awards: 1), Of("c", 11, deducted: 0, awards: 3), Of("d", 11, deducted: 2)];
        Ranker.Rank(standings, [TieBreak.FewerDeductions, TieBreak.MoreAwards]).Select(row => $"{row.Rank}{row.Subject.Id}")
            .ShouldBe(["1c", "2b", "3a", "3d"]);
        Ranker.Rank(standings, []).Select(row => row.Rank).ShouldBe([1, 1, 1, 1]);
    }

    [Fact]
    public void Rank_OfAnyone_IsOneMoreThanThoseAhead() => Prop.ForAll(
        StandingsGen.ToArbitrary(),
        standings => Ranker.Rank(standings, []).All(row => row.Rank == 1 + standings.Count(other => other.Total > row.Total)))
        .QuickCheckThrowOnFailure();

    [Fact]
    public void Rank_WithTieBreaks_IsInOrder_KeepsEveryone_AndDoesNotDependOnTheOrderGiven() => Prop.ForAll(
        (from standings in StandingsGen from shuffled in Gen.Shuffle(standings) select (standings, shuffled)).ToArbitrary(),
        sample =>
        {
            TieBreak[] tieBreaks = [TieBreak.MoreAwards, TieBreak.FewerDeductions];
            var ranked = Ranker.Rank(sample.standings, tieBreaks);
            return ranked.SequenceEqual(Ranker.Rank(sample.shuffled, tieBreaks)) && ranked.Count == sample.standings.Length
                && ranked.Zip(ranked.Skip(1)).All(pair => pair.First.Rank <= pair.Second.Rank && pair.First.Total >= pair.Second.Total)
                && ranked.Select((row, i) => row.Rank <= i + 1).All(right => right);
        }).QuickCheckThrowOnFailure();

    private static Standing Of(string id, decimal total, decimal deducted = 0, int awards = 0) =>
        new(SubjectRef.Person(id), Samples.County, total, deducted, awards);
}
