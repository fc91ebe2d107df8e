using FsCheck;
using FsCheck.Fluent;
using Jiceng.Scoring.Points.Domain;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Scoring;

public sealed class PointsTextTests
{
    [Theory]
    [InlineData("0.001")]
    [InlineData("1e3")]
    [InlineData("1,000")]
    [InlineData(" 1")]
    [InlineData("")]
    [InlineData("NaN")]
    [InlineData("1000000.01")]
    public void TryParse_AnotherForm_IsNoPoints(string text) => PointsText.TryParse(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData("2", "2")]
    [InlineData("-0.50", "-0.5")]
    [InlineData("1.10", "1.1")]
    [InlineData("0", "0")]
    public void Format_WhatWasRead_IsTheShortestForm(string text, string shown)
    {
        PointsText.TryParse(text, out var points).ShouldBeTrue();
        PointsText.Format(points).ShouldBe(shown);
    }

    [Fact]
    public void Format_AnyPoints_ReadsBack() => Prop.ForAll(
        Samples.PointsGen.ToArbitrary(), points => PointsText.TryParse(PointsText.Format(points), out var read) && read == points).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("0.125", "0.13")]
    [InlineData("-0.125", "-0.13")]
    public void Round_AHalf_GoesAwayFromZero(string exact, string rounded) =>
        PointsText.Format(PointsText.Round(decimal.Parse(exact))).ShouldBe(rounded);
}
