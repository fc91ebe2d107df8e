using System.Security.Claims;
using Jiceng.Hosting;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Hosting;

public sealed class TokenCacheTests
{
    private static readonly ClaimsPrincipal Holder = new(new ClaimsIdentity("test"));

    private readonly FakeTimeProvider _clock = new();

    [Theory]
    [InlineData(3600, 59, true)]
    [InlineData(3600, 61, false)]
    [InlineData(20, 19, true)]
    [InlineData(20, 21, false)]
    public void Find_TokenOfSoManySecondsLater_IsKnownForAMinuteButNotPastItsEnd(int lifetime, int later, bool known)
    {
        using var tokens = new TokenCache(_clock);
        tokens.Add("token", Holder, _clock.GetUtcNow().AddSeconds(lifetime));

        _clock.Advance(TimeSpan.FromSeconds(later));

        (tokens.Find("token") is not null).ShouldBe(known);
        tokens.Find("Token").ShouldBeNull();
    }

    [Fact]
    public void Add_TokenWithinTheClockSkewAfterItsEnd_IsNotKept()
    {
        using var tokens = new TokenCache(_clock);

        tokens.Add("token", Holder, _clock.GetUtcNow().AddSeconds(-5));

        tokens.Find("token").ShouldBeNull();
    }
}
