using System.Globalization;
using Jiceng.Cadre;
using Jiceng.Cadre.Domain;
using Jiceng.Domain;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Cadre;

public class DaysTests
{
    private static readonly DateOnly Today = new(2026, 3, 31);

    [Theory]
    [InlineData("1991-03-31", "2026-03-30", 34)]
    [InlineData("1991-03-31", "2026-03-31", 35)]
    [InlineData("1991-03-31", "2026-12-31", 35)]
    [InlineData("2000-02-29", "2026-02-28", 25)]
    [InlineData("2000-02-29", "2026-03-01", 26)]
    [InlineData("2000-02-29", "2028-02-29", 28)]
    public void Age_AroundTheBirthday_CountsWholeYears(string birth, string day, int age) => Days.Age(Day(birth), Day(day)).ShouldBe(age);

    [Fact]
    public void Effective_WithoutAWish_IsToday() => EffectiveDate.Of(null, new DateOnly(2026, 1, 1), Today).ShouldBe(Today);

    [Fact]
    public void Effective_OnTheDayOfTheStateBefore_IsAllowed() => EffectiveDate.Of(Today, Today, Today).ShouldBe(Today);

    [Theory]
    [InlineData("2026-04-01")]
    [InlineData("2025-12-31")]
    public void Effective_TomorrowOrBeforeTheStateBefore_Refuses(string wanted)
    {
        var refused = Should.Throw<ApiException>(() => EffectiveDate.Of(Day(wanted), new DateOnly(2026, 1, 1), Today));
        refused.Reason.ShouldBe(CadreErrors.EffectiveDateInvalid);
        refused.Metadata["earliest"].ShouldBe("2026-01-01");
        refused.Metadata["latest"].ShouldBe("2026-03-31");
    }

    private static DateOnly Day(string text) => DateOnly.Parse(text, CultureInfo.InvariantCulture);
}
