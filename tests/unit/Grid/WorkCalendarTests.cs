using FsCheck;
using FsCheck.Fluent;
using Jiceng.Grid.Cases.Domain;
using Shouldly;
using Xunit;
using static Jiceng.UnitTests.Grid.GridSamples;

namespace Jiceng.UnitTests.Grid;

public sealed class WorkCalendarTests
{
    private static readonly CaseClock Clock = new(Calendar);

    [Theory]
    [InlineData("2026-03-02T09:00", "4wh", "2026-03-02T15:00")] // over lunch
    [InlineData("2026-03-02T12:30", "1wh", "2026-03-02T15:00")] // from within lunch
    [InlineData("2026-03-06T17:00", "2wh", "2026-03-09T09:00")] // over a weekend
    [InlineData("2026-02-27T17:00", "2wh", "2026-02-28T09:00")] // into a make-up Saturday
    [InlineData("2026-04-03T17:00", "2wh", "2026-04-07T09:00")] // over a weekend and a holiday Monday
    [InlineData("2026-03-02T09:00", "1wd", "2026-03-03T09:00")] // a working day is its working time
    [InlineData("2026-03-01T09:00", "1wd", "2026-03-02T18:00")] // from a Sunday: all of Monday
    [InlineData("2026-03-02T08:00", "8wh", "2026-03-02T18:00")] // ends with the shift, not at the next one's start
    [InlineData("2026-03-06T23:00", "3h", "2026-03-07T02:00")] // round the clock
    public void Due_Limit_CountsItsOwnTime(string start, string limit, string due) =>
        Clock.Due(Shanghai(start), Limit(limit)).ShouldBe(Shanghai(due));

    [Theory]
    [InlineData("2026-03-02T09:00", "2026-03-02T15:00", 4)]
    [InlineData("2026-03-06T17:00", "2026-03-09T09:00", 2)]
    [InlineData("2026-03-02T15:00", "2026-03-02T09:00", 0)]
    [InlineData("2026-03-07T00:00", "2026-03-08T23:00", 0)]
    public void Between_TwoMoments_CountsWorkingTimeOnly(string start, string end, double hours) =>
        Calendar.Between(Shanghai(start), Shanghai(end)).TotalHours.ShouldBe(hours);

    [Fact]
    public void Between_AfterAdd_IsWhatWasAdded() => Prop.ForAll(
        Gen.Zip(Gen.Choose(0, 60 * 24 * 300), Gen.Choose(1, 60 * 8 * 60)).ToArbitrary(), sample =>
        {
            var start = Monday.AddMinutes(sample.Item1);
            var working = TimeSpan.FromMinutes(sample.Item2);
            Calendar.Between(start, Calendar.Add(start, working)).ShouldBe(working);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void AfterRest_WorkingTime_MovesByTheWorkingTimeOfTheRest()
    {
        var due = Shanghai("2026-03-03T09:00");
        Clock.AfterRest(due, Shanghai("2026-03-02T10:00"), Shanghai("2026-03-02T16:00"), LimitUnit.WorkingHours).ShouldBe(Shanghai("2026-03-03T15:00"));
        Clock.AfterRest(due, Shanghai("2026-03-04T10:00"), Shanghai("2026-03-05T10:00"), LimitUnit.WorkingHours).ShouldBe(due);
    }

    [Theory]
    [InlineData("2h", true)]
    [InlineData("4wh", true)]
    [InlineData("3wd", true)]
    [InlineData("0h", false)]
    [InlineData("h", false)]
    [InlineData("3d", false)]
    [InlineData("-3h", false)]
    [InlineData("99999h", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void TryParse_Text_IsALimitOrNot(string? text, bool good)
    {
        TimeLimit.TryParse(text, out var limit).ShouldBe(good);
        if (good)
            limit.ToString().ShouldBe(text);
    }

    [Fact]
    public void New_ShiftsThatOverlap_AreRefused() => Should.Throw<ArgumentException>(() => new WorkCalendar(
        [new Shift(new TimeOnly(8, 0), new TimeOnly(12, 0)), new Shift(new TimeOnly(11, 0), new TimeOnly(18, 0))], [], []));

    private static DateTimeOffset Shanghai(string text) => new(DateTime.Parse(text, System.Globalization.CultureInfo.InvariantCulture), TimeSpan.FromHours(8));
}
