using Jiceng.Domain;
using Jiceng.Grid.Statistics;
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
    public void Of_PeriodThatIsNone_IsRefused(string start, string end) => Should
        .Throw<RefusedException>(() => StatisticsPeriod.Of(DateOnly.Parse(start, null), DateOnly.Parse(end, null))).Reason.Reason.ShouldBe("PERIOD_INVALID");

    [Fact]
    public void Slices_ByDay_AreDaysInShanghai()
    {
        var slices = StatisticsPeriod.Of(new DateOnly(2026, 1, 31), new DateOnly(2026, 2, 1)).Slices(byDay: true).ToList();
        slices.Select(slice => slice.Label).ShouldBe(["2026-01-31", "2026-02-01"]);
        slices[0].Start.ShouldBe(new DateTimeOffset(2026, 1, 30, 16, 0, 0, TimeSpan.Zero));
        slices[0].End.ShouldBe(slices[1].Start);
    }
}
