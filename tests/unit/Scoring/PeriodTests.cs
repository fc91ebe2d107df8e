using FsCheck;
using FsCheck.Fluent;
using Jiceng.Scoring.Points.Domain;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Scoring;

public sealed class PeriodTests
{
    [Theory]
    [InlineData("2026-01-01", "2026Q1")]
    [InlineData("2026-03-31", "2026Q1")]
    [InlineData("2026-04-01", "2026Q2")]
    [InlineData("2026-12-31", "2026Q4")]
    public void Of_ADay_IsItsQuarter(string day, string quarter) =>
        Period.Of(DateOnly.ParseExact(day, "yyyy-MM-dd"), PeriodKind.Quarter).ToString().ShouldBe(quarter);

    [Fact]
    public void EveryDay_LiesInItsPeriod_AndTheTextReadsBack() => Prop.ForAll(
        Gen.Choose(0, 40_000).Select(n => new DateOnly(2000, 1, 1).AddDays(n)).ToArbitrary(),
        Gen.Elements(PeriodKind.Quarter, PeriodKind.Year).ToArbitrary(),
        (day, kind) =>
        {
            var period = Period.Of(day, kind);
            return period.First <= day && day <= period.Last && Period.TryParse(period.ToString(), out var read) && read == period
                && Period.Of(period.Last.AddDays(1), kind).First == period.Last.AddDays(1);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("")]
    [InlineData("2026Q0")]
    [InlineData("2026Q5")]
    [InlineData("2026q1")]
    [InlineData("26Q1")]
    [InlineData("2026Q")]
    [InlineData("+026")]
    [InlineData("0000Q1")]
    [InlineData("2026Q1 ")]
    public void TryParse_AnotherForm_IsNoPeriod(string text) => Period.TryParse(text, out _).ShouldBeFalse();
}
