using FsCheck;
using FsCheck.Fluent;
using Jiceng.Scoring.Points.Domain;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Scoring;

public sealed class CapRoomTests
{
    [Theory]
    [InlineData("3", "10", "0", "3")]
    [InlineData("3", "10", "8", "2")]
    [InlineData("3", "10", "10", "0")]
    [InlineData("3", "10", "12", "0")]
    [InlineData("-3", "10", "-8", "-2")]
    [InlineData("-3", "10", "-10", "0")]
    public void Clip_UnderALimit_GivesWhatFits(string wanted, string limit, string given, string clipped) =>
        CapRoom.Clip(decimal.Parse(wanted), new CapRoom(decimal.Parse(limit), decimal.Parse(given))).ShouldBe(decimal.Parse(clipped));

    /// <summary>Rules a and b with limits of their own share a limit. In whatever order awards come, the sums are the same.</summary>
    [Fact]
    public void Clip_OfAwardsInAnyOrder_KeepsTheLimits_AndGivesTheSameSum() => Prop.ForAll(
        AwardsGen.ToArbitrary(),
        sample =>
        {
            var (awards, shuffled, limitOfRule, limitOfBoth, sign) = sample;
            var (a, b) = Give(awards, limitOfRule, limitOfBoth, sign);
            var (a2, b2) = Give(shuffled, limitOfRule, limitOfBoth, sign);
            return a <= limitOfRule && b <= limitOfRule && a + b <= limitOfBoth && a + b == a2 + b2
                && a + b == Math.Min(limitOfBoth, Sum(awards, "a", limitOfRule) + Sum(awards, "b", limitOfRule));
        }).QuickCheckThrowOnFailure();

    private static readonly Gen<((string Rule, decimal Points)[] Awards, (string, decimal)[] Shuffled, decimal OfRule, decimal OfBoth, int Sign)> AwardsGen =
        from awards in Gen.ArrayOf(
            from rule in Gen.Elements("a", "b")
            from hundredths in Gen.Choose(1, 500)
            select (rule, hundredths / 100m))
        from shuffled in Gen.Shuffle(awards)
        from ofRule in Gen.Choose(1, 2000)
        from ofBoth in Gen.Choose(1, 2000)
        from sign in Gen.Elements(1, -1)
        select (awards, shuffled.ToArray(), ofRule / 100m, ofBoth / 100m, sign);

    private static decimal Sum((string Rule, decimal Points)[] awards, string rule, decimal limit) =>
        Math.Min(limit, awards.Where(award => award.Rule == rule).Sum(award => award.Points));

    private static (decimal A, decimal B) Give((string Rule, decimal Points)[] awards, decimal ofRule, decimal ofBoth, int sign)
    {
        var given = new Dictionary<string, decimal> { ["a"] = 0, ["b"] = 0 };
        foreach (var (rule, points) in awards)
            given[rule] += CapRoom.Clip(sign * points, new CapRoom(ofRule, given[rule]), new CapRoom(ofBoth, given["a"] + given["b"]));
        return (sign * given["a"], sign * given["b"]);
    }
}
