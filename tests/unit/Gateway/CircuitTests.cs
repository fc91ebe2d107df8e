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
    public void Refuses_AfterFailuresInARow_ButNotBefore()
    {
        circuit.Failed().ShouldBeFalse();
        circuit.Failed().ShouldBeFalse();
        circuit.Refuses(false).ShouldBeNull();

        circuit.Failed().ShouldBeTrue();

        circuit.Refuses(false).ShouldBe(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void Refuses_WithAnAnswerBetweenTheFailures_Never()
    {
        for (var i = 0; i < 10; i++)
        {
            circuit.Failed();
            circuit.Failed();
            circuit.Answered().ShouldBeFalse();
        }

        circuit.Refuses(false).ShouldBeNull();
    }

    [Fact]
    public void Refuses_WhileOpen_LetsOneCallThroughInAPause_WhoseAnswerCloses()
    {
        for (var i = 0; i < 3; i++) circuit.Failed();
        clock.Passed += TimeSpan.FromSeconds(1);

        circuit.Refuses(false).ShouldBeNull();
        circuit.Refuses(false).ShouldBe(TimeSpan.FromSeconds(1));
        circuit.Failed().ShouldBeFalse();
        clock.Passed += TimeSpan.FromSeconds(0.4);
        circuit.Refuses(false).ShouldBe(TimeSpan.FromSeconds(0.6));

        clock.Passed += TimeSpan.FromSeconds(0.6);
        circuit.Refuses(false).ShouldBeNull();
        circuit.Answered().ShouldBeTrue();
        circuit.Refuses(false).ShouldBeNull();
    }

    [Fact]
    public void Refuses_WhenProbesFail_IsOpenUntilTheyDoNot()
    {
        clock.Passed += TimeSpan.FromSeconds(5);

        circuit.Refuses(true).ShouldBeNull();
        circuit.Refuses(true).ShouldBe(TimeSpan.FromSeconds(1));
        circuit.Refuses(false).ShouldBeNull();
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
}
