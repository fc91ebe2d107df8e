using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Jiceng.Domain;
using Jiceng.Scoring.Facts;
using Jiceng.Scoring.Points.Domain;
using Jiceng.Scoring.Schemes.Domain;
using Jiceng.Scoring.Subjects.Domain;

namespace Jiceng.UnitTests.Scoring;

/// <summary>Schemes, facts and entries for tests, each right but for what a test changes.</summary>
internal static class Samples
{
    public static readonly DateTimeOffset Time = new(2026, 2, 3, 4, 5, 6, TimeSpan.Zero);

    public static readonly PlaceCode County = PlaceCode.Parse("140224");

    public static readonly SubjectRef Worker = SubjectRef.Person("0190d1a0-0000-7000-8000-000000000001");

    public static Rule Rule(string key = "on_time", Amount? amount = null, decimal? cap = null, params Condition[] conditions) => new()
    {
        Key = key,
        Title = "按期办结",
        TitleEn = "Closed in time",
        EventType = CaseFacts.Closed.EventType.Type,
        Conditions = [.. conditions],
        Role = "handler",
        Amount = amount ?? new FixedPoints(1),
        CapPoints = cap,
        EveryEvent = false,
    };

    public static Scheme Scheme(params Rule[] rules) => new()
    {
        Id = Guid.Parse("0190d1a0-0000-7000-8000-00000000000a"),
        Version = 1,
        State = SchemeState.Draft,
        Name = "网格员积分办法",
        SubjectKind = SubjectKind.Person,
        PeriodKind = PeriodKind.Quarter,
        Place = County,
        Terms = new SchemeTerms(["full_time", "part_time"], 10, rules.Length == 0 ? [Rule()] : [.. rules], [], []),
        CreateTime = Time,
        Revision = 1,
    };

    public static Scheme InForce(this Scheme scheme, string from = "2026-01-01") =>
        scheme with { State = SchemeState.Published, EffectiveDate = DateOnly.ParseExact(from, "yyyy-MM-dd"), PublishTime = Time };

    public static Fact Closed(string matter = "case-1", params (string Name, string Value)[] changes)
    {
        var fields = new Dictionary<string, string>
        {
            ["category"] = "sanitation.rubbish",
            ["category_major"] = "sanitation",
            ["urgency"] = "normal",
            ["on_time"] = "true",
            ["on_the_spot"] = "false",
            ["verified_by_other"] = "true",
            ["rework_count"] = "2",
            ["close_count"] = "1",
            ["handler_count"] = "1",
        }.ToImmutableSortedDictionary(StringComparer.Ordinal);
        return new Fact
        {
            EventId = Guid.CreateVersion7(Time),
            Type = CaseFacts.Closed.EventType.Type,
            MatterId = matter,
            Time = Time,
            Day = ChinaTime.Day(Time),
            TraceId = "4bf92f3577b34da6a3ce929d0e0e4736",
            Label = "网格事件结案",
            Fields = changes.Aggregate(fields, (all, change) => all.SetItem(change.Name, change.Value)),
            Parts = [new Part("handler", Worker), new Part("reporter", SubjectRef.Person("0190d1a0-0000-7000-8000-000000000002")), new Part("node", SubjectRef.Node(County))],
        };
    }

    public static Entry Entry(decimal points = 1) => new()
    {
        Id = Guid.CreateVersion7(Time),
        Subject = Worker,
        Sequence = 0,
        SchemeId = Scheme().Id,
        SchemeVersion = 1,
        RuleKey = "on_time",
        Role = "handler",
        Group = "full_time",
        Points = points,
        UncappedPoints = points,
        Period = "2026Q1",
        Reason = "按期办结",
        EventId = Guid.CreateVersion7(Time),
        EventType = CaseFacts.Closed.EventType.Type,
        EventTime = Time,
        MatterId = "case-1",
        OnceKey = "case-1",
        TraceId = "4bf92f3577b34da6a3ce929d0e0e4736",
        Place = PlaceCode.Parse("140224205201001"),
        PostTime = Time,
    };

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
