using Jiceng.Bench.Load;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Bench;

public sealed class LatenciesTests
{
    [Fact]
    public void Milliseconds_None_IsZero() => new Latencies().Milliseconds(0.5).ShouldBe(0);

    [Theory]
    [InlineData(0.5, 500)]
    [InlineData(0.95, 950)]
    [InlineData(0.99, 990)]
    [InlineData(1, 1000)]
    public void Milliseconds_OneToAThousand_IsAtMostOneBucketTooHigh(double share, double exact)
    {
        var latencies = new Latencies();
        for (var i = 1; i <= 1000; i++) latencies.Add(TimeSpan.FromMilliseconds(i));
        latencies.Milliseconds(share).ShouldBeInRange(exact, exact * (1 + (1.0 / 64)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(1_000_003)]
    [InlineData(3_600_000_000)]
    public void Milliseconds_SingleLatency_IsExact(long microseconds)
    {
        var latencies = new Latencies();
        latencies.Add(TimeSpan.FromMicroseconds(microseconds));
        latencies.Milliseconds(0.99).ShouldBe(microseconds / 1000.0);
        latencies.Max.ShouldBe(TimeSpan.FromMicroseconds(microseconds));
    }

    [Fact]
    public void Add_NegativeLatency_CountsAsZero()
    {
        var latencies = new Latencies();
        latencies.Add(TimeSpan.FromMilliseconds(-1));
        (latencies.Count, latencies.Milliseconds(1)).ShouldBe((1, 0));
    }

    [Fact]
    public void Add_OfAnother_CountsBoth()
    {
        var (one, other) = (new Latencies(), new Latencies());
        one.Add(TimeSpan.FromMilliseconds(1));
        other.Add(TimeSpan.FromMilliseconds(100));
        one.Add(other);
        one.Count.ShouldBe(2);
        one.Max.ShouldBe(TimeSpan.FromMilliseconds(100));
        one.Milliseconds(1).ShouldBe(100);
        one.Milliseconds(0.5).ShouldBeInRange(1, 1.02);
    }
}
