using Jiceng.Domain;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Domain;

public sealed class ChinaTimeTests
{
    [Theory]
    [InlineData("2026-03-31T15:59:59Z", "2026-03-31", "2026Q1")]
    [InlineData("2026-03-31T16:00:00Z", "2026-04-01", "2026Q2")]
    [InlineData("2025-12-31T16:00:00Z", "2026-01-01", "2026Q1")]
    [InlineData("2026-12-31T15:59:59Z", "2026-12-31", "2026Q4")]
    public void Day_Moment_IsTheDayInShanghai(string moment, string day, string quarter)
    {
        var time = DateTimeOffset.Parse(moment, null);
        ChinaTime.Day(time).ToString("O").ShouldBe(day);
        ChinaTime.Quarter(time).ShouldBe(quarter);
    }

    [Fact]
    public void StartOf_Day_IsMidnightInShanghai()
    {
        ChinaTime.StartOf(new DateOnly(2026, 4, 1)).UtcDateTime.ShouldBe(new DateTime(2026, 3, 31, 16, 0, 0));
        ChinaTime.Day(ChinaTime.StartOf(new DateOnly(2026, 4, 1))).ShouldBe(new DateOnly(2026, 4, 1));
        ChinaTime.Day(ChinaTime.StartOf(new DateOnly(2026, 4, 1)).AddTicks(-1)).ShouldBe(new DateOnly(2026, 3, 31));
    }
}
