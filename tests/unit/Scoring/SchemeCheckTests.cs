using System.Collections.Immutable;
using Jiceng.Domain;
using Jiceng.Scoring.Facts;
using Jiceng.Scoring.Schemes.Domain;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Scoring;

public sealed class SchemeCheckTests
{
    private static readonly Scheme Right = Samples.Scheme();

    [Fact]
    public void Faults_OfARightScheme_AreNone() => SchemeCheck.Faults(Right, FactTable.Catalog).ShouldBeEmpty();

    [Fact]
    public void Faults_OfTheHead_NameTheField()
    {
        Fields(Right with { Name = " " }).ShouldBe(["name"]);
        Fields(Right with { Place = PlaceCode.Parse("1402") }).ShouldBe(["place_code"]);
        Fields(Right with { Terms = Right.Terms with { BasePoints = -1 } }).ShouldBe(["base_points"]);
        Fields(Right with { Terms = Right.Terms with { Groups = [] } }).ShouldBe(["groups"]);
        Fields(Right with { Terms = Right.Terms with { Groups = ["a", "a"] } }).ShouldBe(["groups[1]"]);
        Fields(Right with { Terms = Right.Terms with { Rules = [] } }).ShouldBe(["rules"]);
        Fields(Right with { Terms = Right.Terms with { TieBreaks = [TieBreak.MoreAwards, TieBreak.MoreAwards] } }).ShouldBe(["tie_breaks"]);
    }

    [Fact]
    public void Faults_OfARule_NameTheRuleAndTheField()
    {
        OfRule(rule => rule with { Key = "Bad Key" }).ShouldBe(["rules[0].rule_key"]);
        OfRule(rule => rule with { Title = "" }).ShouldBe(["rules[on_time].title"]);
        OfRule(rule => rule with { EventType = "jiceng.grid.case.opened.v1" }).ShouldBe(["rules[on_time].event_type"]);
        OfRule(rule => rule with { Role = "person" }).ShouldBe(["rules[on_time].role"]);
        OfRule(rule => rule with { Role = "node" }).ShouldBe(["rules[on_time].role"]);
        OfRule(rule => rule with { Amount = null }).ShouldBe(["rules[on_time].amount"]);
        OfRule(rule => rule with { Amount = new FixedPoints(0) }).ShouldBe(["rules[on_time].fixed_points"]);
        OfRule(rule => rule with { Amount = new PerUnit("urgency", 1) }).ShouldBe(["rules[on_time].per_unit.field"]);
        OfRule(rule => rule with { Amount = new PerUnit("rework_count", 0) }).ShouldBe(["rules[on_time].per_unit.points"]);
        OfRule(rule => rule with { CapPoints = 0 }).ShouldBe(["rules[on_time].cap_points"]);
        Fields(Samples.Scheme(Samples.Rule(), Samples.Rule())).ShouldBe(["rules[on_time].rule_key"]);
    }

    [Fact]
    public void Faults_OfALevelTable_NameTheLevel()
    {
        OfRule(rule => rule with { Amount = new LevelTable("urgency", []) }).ShouldBe(["rules[on_time].level_table.levels"]);
        OfRule(rule => rule with { Amount = new LevelTable("colour", [new Level("red", 1)]) }).ShouldBe(["rules[on_time].level_table.field"]);
        OfRule(rule => rule with { Amount = new LevelTable("rework_count", [new Level("many", 1)]) }).ShouldBe(["rules[on_time].level_table.levels[0].value"]);
        OfRule(rule => rule with { Amount = new LevelTable("urgency", [new Level("a", 1), new Level("a", 0)]) })
            .ShouldBe(["rules[on_time].level_table.levels[1].points", "rules[on_time].level_table.levels[1].value"]);
    }

    [Theory]
    [InlineData("colour", Operator.Equal, "red", "field")]
    [InlineData("urgency", Operator.Less, "normal", "operator")]
    [InlineData("urgency", Operator.Unknown, "normal", "operator")]
    [InlineData("on_time", Operator.Equal, "yes", "values")]
    [InlineData("rework_count", Operator.Less, "two", "values")]
    [InlineData("urgency", Operator.Equal, "a,b", "values")]
    [InlineData("urgency", Operator.Equal, "", "values")]
    public void Faults_OfACondition_NameIt(string field, object comparison, string values, string fault)
    {
        var condition = new Condition(field, (Operator)comparison, [.. values.Split(',')]);
        OfRule(rule => rule with { Conditions = [new Condition("on_time", Operator.Equal, ["true"]), condition] })
            .ShouldBe([$"rules[on_time].conditions[1].{fault}"]);
    }

    [Fact]
    public void Faults_OfACondition_WithoutValues_NameIt() =>
        OfRule(rule => rule with { Conditions = [new Condition("urgency", Operator.In, [])] }).ShouldBe(["rules[on_time].conditions[0].values"]);

    [Fact]
    public void Faults_OfACapThatGivesAndTakes_AreNamed_SinceItsSumWouldDependOnTheOrder()
    {
        var mixed = new LevelTable("rework_count", [new Level("0", 1), new Level("1", -1)]);
        OfRule(rule => rule with { Amount = mixed, CapPoints = 5 }).ShouldBe(["rules[on_time].cap_points"]);
        OfRule(rule => rule with { Amount = mixed }).ShouldBeEmpty();
        WithCaps([Samples.Rule("a"), Samples.Rule("b", new FixedPoints(-1))], new Cap("合计", ["a", "b"], 5)).ShouldBe(["caps[0].rule_keys"]);
    }

    [Fact]
    public void Faults_OfACap_NameIt()
    {
        WithCaps([Samples.Rule("a")], new Cap("合计", ["a"], 0)).ShouldBe(["caps[0].points"]);
        WithCaps([Samples.Rule("a")], new Cap("合计", [], 5)).ShouldBe(["caps[0].rule_keys"]);
        WithCaps([Samples.Rule("a")], new Cap("合计", ["b"], 5)).ShouldBe(["caps[0].rule_keys"]);
        WithCaps([Samples.Rule("a")], new Cap("一", ["a"], 5), new Cap("二", ["a"], 5)).ShouldBe(["caps[1].rule_keys"]);
        WithCaps([Samples.Rule("a")], new Cap("一", ["a"], 5)).ShouldBeEmpty();
    }

    [Fact]
    public void Faults_OfEverythingWrong_AreToldAtOnce()
    {
        var scheme = Samples.Scheme(Samples.Rule() with { Title = "", Role = "nobody", Amount = null }) with { Name = "" };
        var faults = SchemeCheck.Faults(scheme, FactTable.Catalog);
        faults.Select(fault => fault.Field).ShouldBe(["name", "rules[on_time].title", "rules[on_time].role", "rules[on_time].amount"]);
        faults.ShouldAllBe(fault => fault.English.Length > 0 && fault.Chinese.Length > 0);
        faults[2].English.ShouldContain("handler, reporter, verifier, node");
    }

    [Fact]
    public void Find_EveryEventOfTheCatalog_HasRolesOfKnownKindsAndFieldsOfOneName()
    {
        foreach (var type in FactTable.Catalog.All)
        {
            type.Roles.ShouldNotBeEmpty();
            type.Roles.ShouldAllBe(role => Enum.IsDefined(role.Subject));
            type.Fields.Select(field => field.Name).ShouldBeUnique();
            FactTable.Catalog.Find(type.Type).ShouldBe(type);
        }
    }

    private static IEnumerable<string> Fields(Scheme scheme) => SchemeCheck.Faults(scheme, FactTable.Catalog).Select(fault => fault.Field);

    private static IEnumerable<string> OfRule(Func<Rule, Rule> change) => Fields(Samples.Scheme(change(Samples.Rule())));

    private static IEnumerable<string> WithCaps(Rule[] rules, params Cap[] caps)
    {
        var scheme = Samples.Scheme(rules);
        return Fields(scheme with { Terms = scheme.Terms with { Caps = [.. caps] } });
    }
}
