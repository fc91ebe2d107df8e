using Jiceng.Gateway.Routing;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Gateway;

public sealed class CircuitTests
{
    private readonly MovedClock clock = new();
    private readonly Circuit circuit;

    public CircuitTests() => circuit = new Circuit(3, TimeSpan.FromSeconds(1), clock);

    [Fact]
    public void TryAcquire_AfterFailuresInARow_FailsButNotBefore()
    {
        circuit.RecordFailure().ShouldBeFalse();
        circuit.RecordFailure().ShouldBeFalse();
        RetryAfter(unhealthy: false).ShouldBeNull();

        circuit.RecordFailure().ShouldBeTrue();

        RetryAfter(unhealthy: false).ShouldBe(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void TryAcquire_WithASuccessBetweenFailures_Succeeds()
    {
        for (var i = 0; i < 10; i++)
        {
            circuit.RecordFailure();
            circuit.RecordFailure();
            circuit.RecordSuccess().ShouldBeFalse();
        }

        RetryAfter(unhealthy: false).ShouldBeNull();
    }

    [Fact]
    public void TryAcquire_WhileOpen_SucceedsOnceAPause_UntilASuccess()
    {
        for (var i = 0; i < 3; i++) circuit.RecordFailure();
        clock.Passed += TimeSpan.FromSeconds(1);

        RetryAfter(unhealthy: false).ShouldBeNull();
        RetryAfter(unhealthy: false).ShouldBe(TimeSpan.FromSeconds(1));
        circuit.RecordFailure().ShouldBeFalse();
        clock.Passed += TimeSpan.FromSeconds(0.4);
        RetryAfter(unhealthy: false).ShouldBe(TimeSpan.FromSeconds(0.6));

        clock.Passed += TimeSpan.FromSeconds(0.6);
        RetryAfter(unhealthy: false).ShouldBeNull();
        circuit.RecordSuccess().ShouldBeTrue();
        RetryAfter(unhealthy: false).ShouldBeNull();
    }

    [Fact]
    public void TryAcquire_WhileUnhealthy_SucceedsOnceAPause()
    {
        clock.Passed += TimeSpan.FromSeconds(5);

        RetryAfter(unhealthy: true).ShouldBeNull();
        RetryAfter(unhealthy: true).ShouldBe(TimeSpan.FromSeconds(1));
        RetryAfter(unhealthy: false).ShouldBeNull();
    }

    [Theory]
    [InlineData("1S", 1000)]
    [InlineData("500m", 500)]
    [InlineData("2M", 120_000)]
    [InlineData("1000u", 1)]
    [InlineData("99999999H", 86_400_000)]
    [InlineData("S", null)]
    [InlineData("123456789S", null)]
    [InlineData("-1S", null)]
    [InlineData("1x", null)]
    public void Parse_GrpcTimeout_IsReadOrLeftOut(string text, int? milliseconds) =>
        GrpcTimeout.Parse(text).ShouldBe(milliseconds is { } ms ? TimeSpan.FromMilliseconds(ms) : null);

    private TimeSpan? RetryAfter(bool unhealthy) => circuit.TryAcquire(unhealthy, out var retryAfter) ? null : retryAfter;
}
