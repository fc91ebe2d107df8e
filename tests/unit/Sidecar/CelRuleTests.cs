using System.Text.Json;
using Jiceng.Sidecar.Cel;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Sidecar;

public sealed class CelRuleTests
{
    private static readonly JsonElement Event = JsonDocument.Parse(
        """{"type":"case.closed","n":3,"big":2.5,"on":true,"nothing":null,"data":{"kind":"矛盾","tags":["a"]}}""").RootElement;

    [Theory]
    [InlineData("event.type == \"case.closed\"", true)]
    [InlineData("event.type == 'case.closed'", true)]
    [InlineData("event.type != \"case.closed\"", false)]
    [InlineData("event.data.kind == \"矛盾\"", true)]
    [InlineData("event.n == 3", true)]
    [InlineData("event.n == 3.0", true)]
    [InlineData("event.big == 2.5", true)]
    [InlineData("event.n == \"3\"", false)]
    [InlineData("event.on", true)]
    [InlineData("!event.on", false)]
    [InlineData("!!event.on", true)]
    [InlineData("event.nothing == null", true)]
    [InlineData("event.type in [\"x\", \"case.closed\"]", true)]
    [InlineData("event.type in []", false)]
    [InlineData("!(event.type in [\"x\"])", true)]
    [InlineData("event.on || event.n == 4 && event.n == 5", true)]
    [InlineData("(event.on || event.n == 4) && event.n == 5", false)]
    [InlineData("\"a\\\"b\" == 'a\"b'", true)]
    [InlineData("true", true)]
    public void Matches_Rule_IsEvaluated(string rule, bool expected) => CelRule.Parse(rule).Matches(Event).ShouldBe(expected);

    [Theory]
    [InlineData("event.missing == 1 || event.on", true)]
    [InlineData("event.on || event.missing == 1", true)]
    [InlineData("event.missing == 1 && !event.on", false)]
    [InlineData("!event.on && event.missing == 1", false)]
    public void Matches_ErrorOnOneSide_IsIgnoredWhenTheOtherDecides(string rule, bool expected) => CelRule.Parse(rule).Matches(Event).ShouldBe(expected);

    [Theory]
    [InlineData("event.missing == 1")]
    [InlineData("event.missing == 1 || !event.on")]
    [InlineData("event.missing == 1 && event.on")]
    [InlineData("event.type.deeper == 1")]
    [InlineData("event.type")]
    [InlineData("event.type && event.on")]
    public void Matches_Undecidable_Throws(string rule) => Should.Throw<CelEvaluationException>(() => CelRule.Parse(rule).Matches(Event));

    [Theory]
    [InlineData("event.n > 3", "'>'")]
    [InlineData("event.n + 1 == 4", "'+'")]
    [InlineData("has(event.n)", "'has'")]
    [InlineData("event.type.startsWith(\"a\")", "'('")]
    [InlineData("event.data[\"kind\"] == 'x'", "'['")]
    [InlineData("event.on ? true : false", "'?'")]
    [InlineData("other.type == 'x'", "'other'")]
    [InlineData("event.type == \"open", "not closed")]
    [InlineData("event.type == \"a\\qb\"", "escape")]
    [InlineData("(event.on", "end of rule")]
    [InlineData("event.on event.on", "'event'")]
    [InlineData("event.n == 1.2.3", "not a number")]
    [InlineData("", "end of rule")]
    public void Parse_OutsideTheSubset_IsRejectedByName(string rule, string named) =>
        Should.Throw<CelSyntaxException>(() => CelRule.Parse(rule)).Message.ShouldContain(named);
}
