using System.Security.Claims;
using Jiceng.Hosting;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Hosting;

public sealed class OpenStreamTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    [Theory]
    [InlineData("1800000060", 60)]
    [InlineData("1800000000", 0)]
    [InlineData("1799999000", 0)]
    [InlineData("1803888000", 45 * 86_400)]
    public void TimeLeft_TokenThatEnds_IsTheTimeUntilThen(string until, long seconds) =>
        OpenStream.TimeLeft(Caller(until), Now).ShouldBe(TimeSpan.FromSeconds(seconds));

    [Theory]
    [InlineData("1803888001")]
    [InlineData("9223372036854775807")]
    public void TimeLeft_LongerThanTimersTake_IsWithoutEnd(string until) => OpenStream.TimeLeft(Caller(until), Now).ShouldBe(Timeout.InfiniteTimeSpan);

    [Fact]
    public void TimeLeft_NoToken_IsWithoutEnd_SinceTheMethodRefuses() => OpenStream.TimeLeft(new ClaimsPrincipal(), Now).ShouldBe(Timeout.InfiniteTimeSpan);

    private static ClaimsPrincipal Caller(string until) => new(new ClaimsIdentity([new Claim(TokenClaims.TakenUntil, until)]));
}
