using Jiceng.Domain;
using Jiceng.Grid.Statistics.Domain;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Grid;

public sealed class CaseCountsTests
{
    // A city's published month, 2016-12: reported 1,054, accepted 996, due 972, closed 911, closed in time 737; one kind: due 16, closed 9.
    [Fact]
    public void Rates_PublishedMonth_AreThePublishedPercents()
    {
        var month = new CaseCounts { Reported = 1054, Accepted = 996, Closed = 911, ClosedOnTime = 737, Overdue = 61 };
        month.Due.ShouldBe(972);
        month.ClosingRate.Percent.ShouldBe("93.72");
        month.OnTimeClosingRate.Percent.ShouldBe("75.82");
        month.AcceptRate.Percent.ShouldBe("94.50");
        new CaseCounts { Closed = 9, Overdue = 7 }.ClosingRate.Percent.ShouldBe("56.25");
    }

    [Fact]
    public void Percent_NothingToDivideBy_IsNotSet() => new CaseCounts().ClosingRate.Percent.ShouldBeNull();

    [Fact]
    public void Percent_Half_IsRoundedUp() => new Rate(1, 1600).Percent.ShouldBe("0.06");

    [Theory]
    [InlineData("2026-01-02", "2026-01-01")]
    [InlineData("2026-01-01", "2027-01-02")]
    [InlineData("0001-01-01", "0001-01-02")]
    [InlineData("9999-12-30", "9999-12-31")]
    public void Of_PeriodThatIsNone_IsRefused(string start, string end) => Should
        .Throw<ApiException>(() => StatisticsPeriod.Of(DateOnly.Parse(start, null), DateOnly.Parse(end, null))).Reason.Reason.ShouldBe("PERIOD_INVALID");

    [Fact]
    public void Spans_AnyPeriod_HoldEachDayOnceAndAllThatStandsAtItsEnd()
    {
        var random = new Random(1);
        for (var round = 0; round < 500; round++)
        {
            var start = new DateOnly(2025, 1, 1).AddDays(random.Next(800));
            var period = StatisticsPeriod.Of(start, start.AddDays(random.Next(366)));
            var today = new DateOnly(2026, 5, 20).AddDays(random.Next(60));
            foreach (var byDay in (bool[])[false, true])
            {
                var spans = period.Spans(today, byDay).ToList();
                Days(spans.Where(span => !span.Standing)).ShouldBe(Days([new CountSpan(false, period.Start, period.End, false)]));
                var standing = spans.Where(span => span.Standing).ToList();
                standing[0].First.ShouldBe(DateOnly.MinValue);
                var since = new DateOnly(2024, 12, 1);
                Days(standing.Select(span => span with { First = span.First < since ? since : span.First }))
                    .ShouldBe(Days([new CountSpan(false, since, period.End < today ? period.End : today, true)]));
                (spans.Count(span => span.Monthly) <= (byDay ? 1 : 2)).ShouldBeTrue();
            }
        }
    }

    [Fact]
    public void Hours_RandomTimes_AreNearThoseOfTheSingleTimes()
    {
        var random = new Random(2);
        foreach (var count in (int[])[1, 2, 3, 10, 1000])
        {
            var micros = Enumerable.Range(0, count).Select(_ => (long)(Math.Exp(random.NextDouble() * 22) * 1000)).Order().ToList();
            var times = new HandlingTime();
            foreach (var time in micros) times.Add(Class(time), 1, time);
            foreach (var part in (double[])[0, 0.5, 0.95, 1])
            {
                var rank = part * (count - 1);
                var (lower, upper) = (micros[(int)Math.Floor(rank)], micros[(int)Math.Ceiling(rank)]);
                var exact = (lower + ((upper - lower) * (rank - Math.Floor(rank)))) / 3_600_000_000;
                times.Hours(part)!.Value.ShouldBe(exact, (0.02 * exact) + (1 / 60.0));
            }
        }
    }

    [Fact]
    public void Hours_TakenOffAgain_AreAsBefore()
    {
        var times = new HandlingTime();
        times.Hours(0.5).ShouldBeNull();
        times.Add(Class(7_200_000_000), 2, 14_400_000_000);
        times.Add(Class(9_000_000_000), 1, 9_000_000_000);
        times.Add(Class(9_000_000_000), -1, -9_000_000_000);
        (times.Hours(0.5), times.Hours(1)).ShouldBe((2, 2));
    }

    [Fact]
    public void Of_PlacesWithAndWithoutCounts_TakesEachFromWhereItIsCounted()
    {
        var township = Of(["140224205"], byNode: false, ("", "11"), ("", "14"));
        township.Terms.ShouldBe([new CountTerm("", "140224205")]);
        township.Ranges.ShouldBe([new CountRange(PlaceCode.Parse("140224205"), 0, true)]);
        var village = Of(["140224205201"], byNode: false, ("", "11"), ("", "14"));
        village.Terms.ShouldBeEmpty();
        village.Ranges.ShouldBe([new CountRange(PlaceCode.Parse("140224205201"), 0, false)]);
    }

    [Fact]
    public void Of_ByNode_TakesThePlacesBelowAndWhatLiesInNoneOfThem()
    {
        var county = Of(["140224"], byNode: true, ("140224", "140224-"), ("140224", "140224205"));
        county.Terms.ShouldBe([new CountTerm("140224", "140224-"), new CountTerm("140224205", "140224205")]);
        county.Ranges.ShouldBe([new CountRange(PlaceCode.Parse("140224"), 9, true)]);
        var township = Of(["140224205"], byNode: true);
        township.Terms.ShouldBeEmpty();
        township.Ranges.ShouldBe([new CountRange(PlaceCode.Parse("140224205"), 12, false)]);
    }

    [Fact]
    public void Of_LevelThatIsNotCountedYet_TakesTheCases()
    {
        var county = CountedPlaces.Of([PlaceCode.Parse("140224")], new HashSet<int> { 0, 2, 4, 6 }, Below(), byNode: true);
        county.Terms.ShouldBeEmpty();
        county.Ranges.ShouldBe([new CountRange(PlaceCode.Parse("140224"), 9, false)]);
        // No province has counts yet, which does not make the country of any place.
        CountedPlaces.Of([PlaceCode.Parse("140224")], new HashSet<int> { 0 }, Below(), byNode: false).Terms.ShouldBeEmpty();
    }

    [Fact]
    public void Of_EveryProvinceThatHasCases_IsTheCountry()
    {
        Of(["11", "14", "62"], byNode: false, ("", "14"), ("", "62")).Terms.ShouldBe([new CountTerm("", "")]);
        Of(["11", "14"], byNode: false, ("", "14"), ("", "62")).Terms.ShouldBe([new CountTerm("", "11"), new CountTerm("", "14")]);
    }

    private static CountedPlaces Of(string[] within, bool byNode, params (string Parent, string Place)[] below) =>
        CountedPlaces.Of([.. within.Select(code => PlaceCode.Parse(code))], CountedPlaces.Levels.ToHashSet(), Below(below), byNode);

    private static ILookup<string, string> Below(params (string Parent, string Place)[] places) => places.ToLookup(one => one.Parent, one => one.Place);

    private static int Class(long micros) =>
        HandlingTime.FirstClass + (int)Math.Floor(Math.Log(1 + (micros / 1_000_000.0 / HandlingTime.Even)) / Math.Log(HandlingTime.Growth));

    private static List<DateOnly> Days(IEnumerable<CountSpan> spans) => [.. spans.SelectMany(span =>
    {
        if (span.Monthly) (span.First.Day, span.Last.AddDays(1).Day).ShouldBe((1, 1));
        return Enumerable.Range(0, Math.Max(0, span.Last.DayNumber - span.First.DayNumber + 1)).Select(number => span.First.AddDays(number));
    }).Order()];
}
