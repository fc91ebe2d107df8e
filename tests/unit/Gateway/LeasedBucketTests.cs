using FsCheck;
using FsCheck.Fluent;
using Jiceng.Gateway.Limits;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Gateway;

public sealed class LeasedBucketTests
{
    private static readonly Rate Usual = new(100, 500);
    private readonly FakeTimeProvider _clock = new();
    private readonly OneBucket _shared;

    public LeasedBucketTests() => _shared = new OneBucket(_clock);

    [Fact]
    public async Task Acquire_ManyCalls_AsksOncePerLease()
    {
        var bucket = Bucket(Usual);

        for (var i = 0; i < 100; i++) (await bucket.AcquireAsync()).IsAcquired.ShouldBeTrue();

        Usual.Lease.ShouldBe(10);
        _shared.Questions.ShouldBeInRange(10, 20);
    }

    [Fact]
    public async Task Acquire_FromAnEmptyBucket_TellsWhenToComeAgain_AndAsksNothingUntilThen()
    {
        var bucket = Bucket(new Rate(2, 2));
        (await bucket.AcquireAsync()).IsAcquired.ShouldBeTrue();
        (await bucket.AcquireAsync()).IsAcquired.ShouldBeTrue();

        var refused = await bucket.AcquireAsync();
        var asked = _shared.Questions;
        refused.ShouldBe(new RateDecision(false, 0, TimeSpan.FromSeconds(0.5), false));
        _clock.Advance(TimeSpan.FromSeconds(0.2));
        (await bucket.AcquireAsync()).RetryAfter.ShouldBe(TimeSpan.FromSeconds(0.3));
        _shared.Questions.ShouldBe(asked);

        _clock.Advance(TimeSpan.FromSeconds(0.3));
        (await bucket.AcquireAsync()).IsAcquired.ShouldBeTrue();
    }

    [Fact]
    public async Task Acquire_WhileTheSharedBucketIsUnavailable_ContinuesFromItsLastLevel_AndIsNeverUnlimited()
    {
        var bucket = Bucket(new Rate(10, 20));
        for (var i = 0; i < 15; i++) await bucket.AcquireAsync();

        _shared.IsUnavailable = true;
        var alone = await TakeAllAsync(bucket);

        alone.ShouldBe(5);
        _clock.Advance(TimeSpan.FromSeconds(1));
        (await TakeAllAsync(bucket)).ShouldBe(10);
    }

    [Fact]
    public async Task Acquire_AfterTheSharedBucketWasLost_GivesNoSecondBurst()
    {
        var bucket = Bucket(new Rate(10, 20));
        (await TakeAllAsync(bucket)).ShouldBe(20);

        _shared.Lose();
        _clock.Advance(TimeSpan.FromSeconds(0.5));

        (await TakeAllAsync(bucket)).ShouldBe(5);
    }

    [Fact]
    public async Task Acquire_ByTwoReplicas_ThatAskForTheSame_AgreeOnTheBurst()
    {
        var (one, other) = (Bucket(Usual), Bucket(Usual));

        var granted = await TakeAllAsync(one) + await TakeAllAsync(other);

        granted.ShouldBe(Usual.Burst);
    }

    /// <summary>The bound that docs/security.md states.</summary>
    [Fact]
    public void Acquire_ByReplicasAtAnyTimes_NeverGrantsMoreThanTheBucketHeldAndGot() => Prop.ForAll(
        Gen.ArrayOf(Gen.Zip(Gen.Choose(0, 2), Gen.Choose(0, 200)), 400).ToArbitrary(),
        calls =>
        {
            var moved = new FakeTimeProvider();
            var rate = new Rate(20, 40);
            var together = new OneBucket(moved);
            var replicas = Enumerable.Range(0, 3).Select(_ => new LeasedBucket("caller", rate, together, moved)).ToArray();
            var granted = 0;
            foreach (var (replica, milliseconds) in calls)
            {
                moved.Advance(TimeSpan.FromMilliseconds(milliseconds));
                if (replicas[replica].AcquireAsync().AsTask().GetAwaiter().GetResult().IsAcquired) granted++;
            }

            return granted <= rate.Burst + (rate.PerSecond * (moved.GetUtcNow() - moved.Start).TotalSeconds);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void After_AnyPauses_IsAsOnePause_AndNeverMoreThanTheBurst() => Prop.ForAll(
        Gen.Zip(Gen.Choose(0, 500), Gen.Zip(Gen.Choose(0, 3000), Gen.Choose(0, 3000))).ToArbitrary(),
        sample =>
        {
            var (level, (first, second)) = sample;
            var twice = Usual.After(Usual.After(level, TimeSpan.FromMilliseconds(first)), TimeSpan.FromMilliseconds(second));
            return Math.Abs(twice - Usual.After(level, TimeSpan.FromMilliseconds(first + second))) < 1e-6 && twice <= Usual.Burst;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(200, 1000, 20)]
    [InlineData(5, 50, 1)]
    [InlineData(1, 1, 1)]
    public void Lease_IsATenthOfASecondsWorth_AtLeastOne(int perSecond, int burst, int lease) => new Rate(perSecond, burst).Lease.ShouldBe(lease);

    [Fact]
    public void RateFields_TellQuotaRemainderAndTimes()
    {
        RateFields.Policy(CallClass.Read, new Rate(200, 1000)).ShouldBe("\"read\";q=1000;w=5");
        RateFields.Limit(CallClass.Read, new Rate(200, 1000), new RateDecision(true, 899.7, TimeSpan.Zero, false)).ShouldBe("\"read\";r=899;t=1");
        RateFields.Limit(CallClass.Import, new Rate(5, 50), new RateDecision(false, 0, TimeSpan.FromSeconds(0.2), false)).ShouldBe("\"import\";r=0;t=10");
    }

    private LeasedBucket Bucket(Rate rate) => new("caller", rate, _shared, _clock);

    private static async Task<int> TakeAllAsync(LeasedBucket bucket)
    {
        var granted = 0;
        while ((await bucket.AcquireAsync()).IsAcquired) granted++;
        return granted;
    }

    /// <summary>A shared bucket that can be lost or away.</summary>
    private sealed class OneBucket(TimeProvider time) : ISharedBuckets
    {
        private readonly Lock _gate = new();
        private double? _level;
        private long _at;

        public bool IsUnavailable { get; set; }

        public int Questions { get; private set; }

        public void Lose() => _level = null;

        public Task<Lease?> TakeAsync(string key, Rate rate, double known)
        {
            lock (_gate)
            {
                Questions++;
                if (IsUnavailable) return Task.FromResult<Lease?>(null);
                var now = _level is { } held ? rate.After(held, time.GetElapsedTime(_at)) : known;
                var granted = Math.Min(rate.Lease, (int)now);
                (_level, _at) = (now - granted, time.GetTimestamp());
                return Task.FromResult<Lease?>(new Lease(granted, now - granted));
            }
        }
    }
}
