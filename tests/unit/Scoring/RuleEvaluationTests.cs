using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Jiceng.Scoring.Facts;
using Jiceng.Scoring.Points.Domain;
using Jiceng.Scoring.Schemes.Domain;
using Jiceng.Scoring.Subjects.Domain;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Scoring;

public sealed class RuleEvaluationTests
{
    [Theory]
    [InlineData(Operator.Equal, "on_time", "true", true)]
    [InlineData(Operator.Equal, "on_time", "false", false)]
    [InlineData(Operator.NotEqual, "urgency", "urgent", true)]
    [InlineData(Operator.NotEqual, "urgency", "normal", false)]
    [InlineData(Operator.In, "category_major", "safety,sanitation", true)]
    [InlineData(Operator.In, "category_major", "safety", false)]
    [InlineData(Operator.NotIn, "category_major", "safety", true)]
    [InlineData(Operator.NotIn, "category_major", "safety,sanitation", false)]
    [InlineData(Operator.Less, "rework_count", "3", true)]
    [InlineData(Operator.Less, "rework_count", "2", false)]
    [InlineData(Operator.LessOrEqual, "rework_count", "2", true)]
    [InlineData(Operator.LessOrEqual, "rework_count", "1", false)]
    [InlineData(Operator.Greater, "rework_count", "1", true)]
    [InlineData(Operator.Greater, "rework_count", "2", false)]
    [InlineData(Operator.GreaterOrEqual, "rework_count", "2", true)]
    [InlineData(Operator.GreaterOrEqual, "rework_count", "3", false)]
    [InlineData(Operator.Equal, "rework_count", "2.0", true)]
    [InlineData(Operator.Equal, "no_such_field", "x", false)]
    public void Awards_WithACondition_AreGivenWhenItHolds(object comparison, string field, string values, bool holds)
    {
        var rule = Samples.Rule(conditions: new Condition(field, (Operator)comparison, [.. values.Split(',')]));
        Awards(rule).Any().ShouldBe(holds);
    }

    [Fact]
    public void Awards_WithSeveralConditions_NeedThemAll()
    {
        var held = new Condition("on_time", Operator.Equal, ["true"]);
        var failed = new Condition("urgency", Operator.Equal, ["urgent"]);
        Awards(Samples.Rule(conditions: [held, held])).ShouldHaveSingleItem();
        Awards(Samples.Rule(conditions: [held, failed])).ShouldBeEmpty();
    }

    [Fact]
    public void Awards_ForEachUnit_MultiplyAndRound() =>
        Awards(Samples.Rule(amount: new PerUnit("rework_count", -0.25m))).ShouldHaveSingleItem().Points.ShouldBe(-0.5m);

    [Fact]
    public void Awards_ByLevel_TakeTheLineOfTheValue_AndNothingForOthers()
    {
        var table = new LevelTable("rework_count", [new Level("1", 5), new Level("2.0", 3)]);
        Awards(Samples.Rule(amount: table)).ShouldHaveSingleItem().Points.ShouldBe(3);
        Awards(Samples.Rule(amount: table), Samples.Closed(changes: ("rework_count", "7"))).ShouldBeEmpty();
    }

    [Fact]
    public void Awards_GoToTheRole_EachSubjectOnce()
    {
        var other = SubjectRef.Person("0190d1a0-0000-7000-8000-000000000003");
        var fact = Samples.Closed() with { Parts = [new Part("handler", Samples.Worker), new Part("handler", other), new Part("handler", other)] };
        Awards(Samples.Rule(), fact).Select(award => award.Subject).ShouldBe([Samples.Worker, other]);
    }

    [Fact]
    public void Awards_OfAnotherEventOrKind_AreNotGiven()
    {
        Awards(Samples.Rule() with { EventType = CaseFacts.Rated.EventType.Type }).ShouldBeEmpty();
        Awards(Samples.Rule() with { Role = "node" }).ShouldBeEmpty();
    }

    [Fact]
    public void OnceKey_OfOneMatter_IsTheMatter_UnlessEveryEventCounts()
    {
        var fact = Samples.Closed("case-7");
        Awards(Samples.Rule(), fact).Single().OnceKey(fact).ShouldBe("case-7");
        Awards(Samples.Rule() with { EveryEvent = true }, fact).Single().OnceKey(fact).ShouldBe(fact.EventId.ToString());
    }

    [Fact]
    public void Awards_DoNotDependOnTheOrderOfRules() => Prop.ForAll(
        Gen.Shuffle(Enumerable.Range(1, 8).Select(i => Samples.Rule($"rule_{i}", new FixedPoints(i))).ToArray()).ToArbitrary(),
        rules => Awards(Samples.Scheme(rules).InForce(), Samples.Closed()).OrderBy(award => award.Rule.Key)
            .Select(award => (award.Rule.Key, award.Points)).SequenceEqual(Enumerable.Range(1, 8).Select(i => ($"rule_{i}", (decimal)i))))
        .QuickCheckThrowOnFailure();

    [Fact]
    public void InForce_OnADay_IsOfEachSchemeThePublishedVersionThatTookEffectLast()
    {
        var first = Samples.Scheme().InForce("2026-01-01");
        var second = first with { Version = 2, EffectiveDate = new DateOnly(2026, 4, 1) };
        var draft = Samples.Scheme() with { Version = 3 };
        Scheme[] versions = [second, draft, first];
        Scheme.InForce(versions, new DateOnly(2025, 12, 31)).ShouldBeEmpty();
        Scheme.InForce(versions, new DateOnly(2026, 3, 31)).ShouldBe([first]);
        Scheme.InForce(versions, new DateOnly(2026, 4, 1)).ShouldBe([second]);
    }

    [Fact]
    public void Of_APeriod_IsTheVersionOfItsLastDay_OrOfTodayWhileItRuns()
    {
        var first = Samples.Scheme().InForce("2026-01-01");
        var second = first with { Version = 2, EffectiveDate = new DateOnly(2026, 3, 1) };
        var quarter = Period.Of(new DateOnly(2026, 1, 1), PeriodKind.Quarter);
        Scheme.Of([first, second], quarter, new DateOnly(2026, 2, 1)).ShouldBe((first, new DateOnly(2026, 2, 1)));
        Scheme.Of([first, second], quarter, new DateOnly(2026, 6, 1)).ShouldBe((second, new DateOnly(2026, 3, 31)));
        Scheme.Of([first], quarter, new DateOnly(2025, 12, 31)).ShouldBeNull();
        Scheme.Of([second], quarter, new DateOnly(2026, 2, 1)).ShouldBeNull();
    }

    [Theory]
    [InlineData("full_time", "140224205201001", "2026-02-03", true)]
    [InlineData("head", "140224205201001", "2026-02-03", false)]
    [InlineData("full_time", "140225205", "2026-02-03", false)]
    [InlineData("full_time", "140224205", "2025-12-31", false)]
    [InlineData("full_time", "140224205", "2026-07-01", false)]
    [InlineData("full_time", "140224205", "2026-06-30", true)]
    public void Scores_AMember_OfItsGroupsPlaceAndDays(string group, string place, string day, bool scored)
    {
        var membership = new Membership(group, Jiceng.Domain.PlaceCode.Parse(place), new DateOnly(2026, 1, 1), new DateOnly(2026, 6, 30));
        (Samples.Scheme().Scores([membership], DateOnly.ParseExact(day, "yyyy-MM-dd")) is not null).ShouldBe(scored);
    }

    private static ImmutableArray<Award> Awards(Rule rule, Fact? fact = null) => Awards(Samples.Scheme(rule).InForce(), fact ?? Samples.Closed());

    private static ImmutableArray<Award> Awards(Scheme scheme, Fact fact) => [.. RuleEvaluation.Awards(fact, FactTable.Catalog, [scheme])];
}
