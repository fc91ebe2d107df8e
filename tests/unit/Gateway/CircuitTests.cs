using Jiceng.Gateway.Routing;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Gateway;

public sealed class CircuitTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly Circuit _circuit;

    public CircuitTests() => _circuit = new Circuit(3, TimeSpan.FromSeconds(1), _clock);

    [Fact]
    public void TryAcquire_AfterFailuresInARow_FailsButNotBefore()
    {
        _circuit.RecordFailure().ShouldBeFalse();
        _circuit.RecordFailure().ShouldBeFalse();
        RetryAfter(unhealthy: false).ShouldBeNull();

        _circuit.RecordFailure().ShouldBeTrue();

        RetryAfter(unhealthy: false).ShouldBe(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void TryAcquire_WithASuccessBetweenFailures_Succeeds()
    {
        for (var i = 0; i < 10; i++)
        {
            _circuit.RecordFailure();
            _circuit.RecordFailure();
            _circuit.RecordSuccess().ShouldBeFalse();
        }

        RetryAfter(unhealthy: false).ShouldBeNull();
    }

    [Fact]
    public void TryAcquire_WhileOpen_SucceedsOnceAPause_UntilASuccess()
    {
        for (var i = 0; i < 3; i++) _circuit.RecordFailure();
        _clock.Advance(TimeSpan.FromSeconds(1));

        RetryAfter(unhealthy: false).ShouldBeNull();
        RetryAfter(unhealthy: false).ShouldBe(TimeSpan.FromSeconds(1));
        _circuit.RecordFailure().ShouldBeFalse();
        _clock.Advance(TimeSpan.FromSeconds(0.4));
        RetryAfter(unhealthy: false).ShouldBe(TimeSpan.FromSeconds(0.6));

        _clock.Advance(TimeSpan.FromSeconds(0.6));
        RetryAfter(unhealthy: false).ShouldBeNull();
        _circuit.RecordSuccess().ShouldBeTrue();
        RetryAfter(unhealthy: false).ShouldBeNull();
    }

    [Fact]
    public void TryAcquire_WhileUnhealthy_SucceedsOnceAPause()
    {
        _clock.Advance(TimeSpan.FromSeconds(5));

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

    private TimeSpan? RetryAfter(bool unhealthy) => _circuit.TryAcquire(unhealthy, out var retryAfter) ? null : retryAfter;
}
