using System.Globalization;
using Jiceng.Sidecar.Events;
using Jiceng.Sidecar.Publishing;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Sidecar;

public sealed class GoValuesTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("5s", 5_000)]
    [InlineData("1m30s", 90_000)]
    [InlineData("1.5h", 5_400_000)]
    [InlineData("250ms", 250)]
    [InlineData("-1s", -1_000)]
    [InlineData("2000000ns", 2)]
    public void TryDuration_GoDuration_IsParsed(string text, int milliseconds)
    {
        GoValues.TryDuration(text, out var value).ShouldBeTrue();
        value.TotalMilliseconds.ShouldBe(milliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("5 s")]
    [InlineData("5d")]
    [InlineData("1.2.3s")]
    [InlineData("99999999999999h")]
    public void TryDuration_AnythingElse_IsRejected(string text) => GoValues.TryDuration(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData("2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05Z")]
    [InlineData("2026-01-02T03:04:05+08:00", "2026-01-02T03:04:05+08:00")]
    public void Rfc3339_Time_HasSecondsAndOffset(string time, string expected) =>
        GoValues.Rfc3339(DateTimeOffset.Parse(time, CultureInfo.InvariantCulture)).ShouldBe(expected);

    [Theory]
    [InlineData(null, null, null, true)]
    [InlineData("grid=a,b", null, null, false)]
    [InlineData("grid=a,t", null, null, true)]
    [InlineData("grid=", null, null, false)]
    [InlineData("other=a", null, null, true)]
    [InlineData(null, "a", null, false)]
    [InlineData(null, "a,t", null, true)]
    [InlineData(null, null, "t", false)]
    [InlineData("grid=t", null, "t", true)]
    [InlineData("grid=t", "a", null, false)]
    public void MayPublish_Topic_FollowsTheLists(string? scopes, string? allowed, string? isProtected, bool expected)
    {
        TopicScopes.Parse("grid", scopes, null, allowed, isProtected).MayPublish("t").ShouldBe(expected);
        TopicScopes.Parse("grid", null, scopes, allowed, isProtected).MaySubscribe("t").ShouldBe(expected);
    }
}
