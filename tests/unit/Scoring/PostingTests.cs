using FsCheck;
using FsCheck.Fluent;
using Jiceng.Scoring.Facts;
using Jiceng.Scoring.Points.Domain;
using Jiceng.Scoring.Schemes.Domain;
using Jiceng.Scoring.Subjects.Domain;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Scoring;

public sealed class PostingTests
{
    private const decimal RuleCap = 5;
    private const decimal SharedCap = 7;

    private static readonly Scheme Capped = WithSharedCap(
        Samples.Scheme(Samples.Rule("a", new FixedPoints(2), RuleCap), Samples.Rule("b", new FixedPoints(1.5m))).InForce());

    private static readonly Subject Known = new(
        Samples.Worker, "张三", Samples.County, [new Membership("full_time", Samples.County)]);

    [Fact]
    public void Post_TheSameMatterTwice_MakesOneEntryForEachRule() =>
        Post([Samples.Closed("m"), Samples.Closed("m")], new LedgerState()).Made.Select(entry => entry.RuleKey).ShouldBe(["a", "b"]);

    [Fact]
    public void Post_GivenBefore_MakesNone()
    {
        var ledger = new LedgerState();
        ledger.Given.Add(new AwardKey(Capped.Id, "a", Samples.Worker, "m"));

        Post([Samples.Closed("m")], ledger).Made.Select(entry => entry.RuleKey).ShouldBe(["b"]);
    }

    [Fact]
    public void Post_SumsOfBefore_CountForTheCaps()
    {
        var ledger = new LedgerState();
        ledger.Sums[new RuleSum(Capped.Id, "2026Q1", Samples.Worker, "a")] = 4.5m;

        var made = Post([Samples.Closed("m")], ledger).Made;

        made.Select(entry => entry.Points).ShouldBe([0.5m, 1.5m]);
        made.Select(entry => entry.UncappedPoints).ShouldBe([2m, 1.5m]);
        made[0].Reason.ShouldEndWith("（已达上限）");
    }

    [Fact]
    public void Post_SubjectIsNotAMember_MakesNone() => Posting.Of(
        [Samples.Closed()], FactTable.Catalog, [Capped], new Dictionary<SubjectRef, Subject> { [Samples.Worker] = Known with { Memberships = [] } }).ShouldBeEmpty();

    [Fact]
    public void Post_AnyMattersInAnyParts_StaysUnderTheCapsInOneChainAndIsTheSameAtOnceOrOneByOne() => Prop.ForAll(
        Gen.Choose(1, 6).ListOf().ToArbitrary(),
        matters =>
        {
            var facts = matters.Select(matter => Samples.Closed($"m{matter}")).ToList();
            var together = Post(facts, new LedgerState()).Made;
            var ledger = new LedgerState();
            foreach (var fact in facts) Post([fact], ledger);

            var chain = new ChainCheck(Samples.Worker);
            foreach (var entry in together) chain.Next(entry);
            chain.End(together.Count, together.Count == 0 ? EntryHash.Genesis : together[^1].Hash).ShouldBeNull();
            together.Where(entry => entry.RuleKey == "a").Sum(entry => entry.Points).ShouldBeLessThanOrEqualTo(RuleCap);
            together.Sum(entry => entry.Points).ShouldBe(Math.Min(SharedCap, matters.Distinct().Count() * 3.5m));
            together.Count.ShouldBe(2 * matters.Distinct().Count());
            ledger.Made.Select(entry => (entry.MatterId, entry.RuleKey, entry.Points)).ShouldBe(together.Select(entry => (entry.MatterId, entry.RuleKey, entry.Points)));
        }).QuickCheckThrowOnFailure();

    private static LedgerState Post(IEnumerable<Fact> facts, LedgerState ledger)
    {
        foreach (var posting in Posting.Of(facts, FactTable.Catalog, [Capped], new Dictionary<SubjectRef, Subject> { [Samples.Worker] = Known })) posting.Post(ledger, Samples.Time);
        return ledger;
    }

    private static Scheme WithSharedCap(Scheme scheme) => scheme with { Terms = scheme.Terms with { Caps = [new Cap("合计", ["a", "b"], SharedCap)] } };
}
