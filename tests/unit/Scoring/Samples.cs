using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Jiceng.Domain;
using Jiceng.Scoring.Points;
using Jiceng.Scoring.Schemes;
using Jiceng.Scoring.Subjects;

namespace Jiceng.UnitTests.Scoring;

/// <summary>Schemes, facts and entries for tests, each right but for what a test changes.</summary>
internal static class Samples
{
    public static readonly DateTimeOffset Time = new(2026, 2, 3, 4, 5, 6, TimeSpan.Zero);

    public static readonly PlaceCode County = PlaceCode.Parse("140224");

    public static readonly SubjectRef Worker = SubjectRef.Person("0190d1a0-0000-7000-8000-000000000001");

    public static Rule Rule(string key = "on_time", Amount? amount = null, decimal? cap = null, params Condition[] conditions) => new(
        key, "按期办结", "Closed in time", EventCatalog.CaseClosed, [.. conditions], "handler", amount ?? new FixedPoints(1), cap, false);

    public static Scheme Scheme(params Rule[] rules) => new(
        Guid.Parse("0190d1a0-0000-7000-8000-00000000000a"), 1, SchemeState.Draft, "网格员积分办法", SubjectKind.Person, PeriodKind.Quarter, County,
        new SchemeTerms(["full_time", "part_time"], 10, rules.Length == 0 ? [Rule()] : [.. rules], [], []), null, Time, null, 1);

    public static Scheme InForce(this Scheme scheme, string from = "2026-01-01") =>
        scheme with { State = SchemeState.Published, EffectiveDate = DateOnly.ParseExact(from, "yyyy-MM-dd"), PublishTime = Time };

    public static Fact Closed(string matter = "case-1", params (string Name, string Value)[] changes)
    {
        var fields = FactFields.Of(
            ("category", "sanitation.rubbish"), ("category_major", "sanitation"), ("urgency", "normal"), ("on_time", "true"),
            ("on_the_spot", "false"), ("verified_by_other", "true"), ("rework_count", "2"), ("close_count", "1"), ("handler_count", "1"));
        return new Fact(
            Guid.CreateVersion7(Time), EventCatalog.CaseClosed, matter, Time, ChinaTime.Day(Time), "4bf92f3577b34da6a3ce929d0e0e4736", "网格事件结案",
            changes.Aggregate(fields, (all, change) => all.SetItem(change.Name, change.Value)),
            [new Part("handler", Worker), new Part("reporter", SubjectRef.Person("0190d1a0-0000-7000-8000-000000000002")), new Part("node", SubjectRef.Node(County))]);
    }

    public static Entry Entry(decimal points = 1) => new(
        Guid.CreateVersion7(Time), Worker, 0, Scheme().Id, 1, "on_time", "handler", "full_time", points, points, "2026Q1", "按期办结",
        Guid.CreateVersion7(Time), EventCatalog.CaseClosed, Time, "case-1", "case-1", "4bf92f3577b34da6a3ce929d0e0e4736",
        PlaceCode.Parse("140224205201001"), Time, null, "", "", "");

    /// <summary>A chain of one subject with the given points.</summary>
    public static ImmutableArray<Entry> Chain(IEnumerable<decimal> points)
    {
        var chain = ImmutableArray.CreateBuilder<Entry>();
        foreach (var value in points)
        {
            var (sequence, hash) = chain.Count == 0 ? (0, EntryHash.Genesis) : (chain[^1].Sequence, chain[^1].Hash);
            chain.Add(Entry(value).Chained(sequence + 1, hash));
        }

        return chain.ToImmutable();
    }

    /// <summary>Points with two places, from -20 to 20, never 0.</summary>
    public static Gen<decimal> PointsGen { get; } =
        Gen.Choose(-2000, 2000).Where(hundredths => hundredths != 0).Select(hundredths => hundredths / 100m);
}
