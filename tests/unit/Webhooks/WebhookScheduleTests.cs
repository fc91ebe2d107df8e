using FsCheck;
using FsCheck.Fluent;
using Jiceng.Webhooks;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Webhooks;

public sealed class WebhookScheduleTests
{
    private static readonly WebhookSettings Settings = new();

    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 30)]
    [InlineData(3, 90)]
    [InlineData(7, 7290)]
    [InlineData(8, 10800)]
    [InlineData(int.MaxValue, 10800)]
    public void Pause_InTheMiddleOfTheSpread_IsThreeTimesAsLongEachTime(int attempts, int seconds) =>
        WebhookSchedule.Pause(Settings.RetryPause, attempts, null, 0.5).TotalSeconds.ShouldBe(seconds, 0.001);

    [Fact]
    public void Pause_AnyAttempt_IsSpreadByAFifthAndNeverShorterThanAskedFor()
    {
        var samples = Gen.Zip(Gen.Zip(Gen.Choose(1, 5000), Gen.Choose(0, 1000)), Gen.Choose(-100, 50_000)).ToArbitrary();
        Prop.ForAll(samples, sample =>
        {
            var ((attempts, random), asked) = sample;
            var retryAfter = TimeSpan.FromSeconds(asked);
            var pause = WebhookSchedule.Pause(Settings.RetryPause, attempts, retryAfter, random / 1000.0);
            var regular = Math.Min(10 * Math.Pow(3, attempts - 1), WebhookSchedule.Longest.TotalSeconds);
            var floor = Math.Max(regular * 0.8, Math.Min(asked, WebhookSchedule.Longest.TotalSeconds));
            pause.TotalSeconds.ShouldBeInRange(floor - 0.001, Math.Max(regular * 1.2, floor) + 0.001);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Next_UntilItIsGivenUp_TakesADayAndAboutFifteenAttempts()
    {
        var started = DateTimeOffset.UnixEpoch;
        var (now, attempts) = (started, 1);
        while (WebhookSchedule.Next(started, now, WebhookSchedule.Pause(Settings.RetryPause, attempts, null, 0.5), Settings.GiveUpAfter) is { } next)
        {
            now = next;
            attempts++;
        }

        attempts.ShouldBe(14);
        (now - started).TotalHours.ShouldBeInRange(20, 24);
    }

    [Fact]
    public void Limited_WhatCannotBeHonoured_IsLeftOut()
    {
        WebhookSchedule.Limited(null).ShouldBeNull();
        WebhookSchedule.Limited(TimeSpan.FromSeconds(-5)).ShouldBeNull();
        WebhookSchedule.Limited(TimeSpan.FromDays(300)).ShouldBe(WebhookSchedule.Longest);
        WebhookSchedule.Limited(TimeSpan.FromSeconds(90)).ShouldBe(TimeSpan.FromSeconds(90));
    }
}
