using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Jiceng.Domain;
using Jiceng.Scoring.Points.Domain;
using Jiceng.Scoring.Subjects.Domain;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Scoring;

public sealed class ChainTests
{
    /// <summary>One alteration of each field of an entry.</summary>
    private static readonly ImmutableDictionary<string, Func<Entry, Entry>> Alterations = new Dictionary<string, Func<Entry, Entry>>
    {
        [nameof(Entry.Id)] = e => e with { Id = Guid.CreateVersion7(Samples.Time.AddDays(1)) },
        [nameof(Entry.Subject)] = e => e with { Subject = e.Subject with { Id = "0190d1a0-0000-7000-8000-0000000000ff" } },
        [nameof(Entry.Sequence)] = e => e with { Sequence = e.Sequence + 1 },
        [nameof(Entry.SchemeId)] = e => e with { SchemeId = Guid.Empty },
        [nameof(Entry.SchemeVersion)] = e => e with { SchemeVersion = e.SchemeVersion + 1 },
        [nameof(Entry.RuleKey)] = e => e with { RuleKey = e.RuleKey + "x" },
        [nameof(Entry.Role)] = e => e with { Role = "reporter" },
        [nameof(Entry.Group)] = e => e with { Group = "part_time" },
        [nameof(Entry.Points)] = e => e with { Points = e.Points + 0.01m },
        [nameof(Entry.UncappedPoints)] = e => e with { UncappedPoints = e.UncappedPoints + 0.01m },
        [nameof(Entry.Period)] = e => e with { Period = "2026Q2" },
        [nameof(Entry.Reason)] = e => e with { Reason = e.Reason + "。" },
        [nameof(Entry.EventId)] = e => e with { EventId = Guid.Empty },
        [nameof(Entry.EventType)] = e => e with { EventType = e.EventType + "x" },
        [nameof(Entry.EventTime)] = e => e with { EventTime = e.EventTime.AddMicroseconds(1) },
        [nameof(Entry.MatterId)] = e => e with { MatterId = "case-2" },
        [nameof(Entry.OnceKey)] = e => e with { OnceKey = "case-2" },
        [nameof(Entry.TraceId)] = e => e with { TraceId = "" },
        [nameof(Entry.Place)] = e => e with { Place = PlaceCode.Parse("140224") },
        [nameof(Entry.PostTime)] = e => e with { PostTime = e.PostTime.AddMicroseconds(-1) },
        [nameof(Entry.CorrectsId)] = e => e with { CorrectsId = Guid.Empty },
        [nameof(Entry.CorrectorId)] = e => e with { CorrectorId = "somebody" },
        [nameof(Entry.PreviousHash)] = e => e with { PreviousHash = new string('1', 64) },
        [nameof(Entry.Hash)] = e => e with { Hash = new string('2', 64) },
    }.ToImmutableDictionary();

    private static readonly Gen<ImmutableArray<Entry>> ChainGen =
        from points in Samples.PointsGen.NonEmptyListOf() select Samples.Chain(points);

    [Fact]
    public void Alterations_OfTheTests_CoverEveryField() =>
        typeof(Entry).GetProperties().Select(property => property.Name).Where(name => name != "EqualityContract").ShouldBe(Alterations.Keys, ignoreOrder: true);

    [Fact]
    public void End_OfAnyChain_IsIntact() => Prop.ForAll(ChainGen.ToArbitrary(), chain => Check(chain, chain) is null).QuickCheckThrowOnFailure();

    [Fact]
    public void Next_AnyFieldOfAnyEntryAltered_IsFoundThere() => Prop.ForAll(
        (from chain in ChainGen
         from at in Gen.Choose(0, chain.Length - 1)
         from field in Gen.Elements(Alterations.Keys.ToArray())
         select (chain, at, field)).ToArbitrary(),
        sample =>
        {
            var altered = sample.chain.SetItem(sample.at, Alterations[sample.field](sample.chain[sample.at]));
            return Check(altered, sample.chain)?.Sequence == sample.at + 1;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Next_AnAlterationThatIsHashedAgain_BreaksTheLinkAfterIt()
    {
        var chain = Samples.Chain([1, 2, 3]);
        var forged = chain[1] with { Points = 200 };
        var found = Check(chain.SetItem(1, forged.Chained(2, forged.PreviousHash)), chain).ShouldNotBeNull();
        found.ShouldBe(new ChainBreak(Samples.Worker, 3, chain[2].Id, ChainFault.Unlinked));
    }

    [Fact]
    public void Next_AnEntryRemoved_IsMissing()
    {
        var chain = Samples.Chain([1, 2, 3]);
        Check(chain.RemoveAt(1), chain).ShouldBe(new ChainBreak(Samples.Worker, 2, null, ChainFault.Missing));
    }

    [Fact]
    public void End_EntriesRemovedAtTheEnd_IsTruncated()
    {
        var chain = Samples.Chain([1, 2, 3]);
        Check(chain.RemoveAt(2), chain).ShouldBe(new ChainBreak(Samples.Worker, 3, null, ChainFault.Truncated));
        Check([], chain).ShouldBe(new ChainBreak(Samples.Worker, 1, null, ChainFault.Truncated));
    }

    [Fact]
    public void Of_TextMovedFromOneFieldToTheNext_IsAnotherHash()
    {
        var entry = Samples.Entry() with { Role = "handler", Group = "full_time" };
        EntryHash.Of(entry).ShouldNotBe(EntryHash.Of(entry with { Role = "handlerfull", Group = "_time" }));
    }

    /// <summary>The format never changes: chains that counties have would break.</summary>
    [Fact]
    public void Of_AKnownEntry_IsTheKnownHash()
    {
        var entry = new Entry
        {
            Id = Guid.Parse("0190d1a0-0000-7000-8000-000000000011"),
            Subject = Samples.Worker,
            Sequence = 1,
            SchemeId = Guid.Parse("0190d1a0-0000-7000-8000-00000000000a"),
            SchemeVersion = 2,
            RuleKey = "on_time",
            Role = "handler",
            Group = "full_time",
            Points = 1.50m,
            UncappedPoints = 2m,
            Period = "2026Q1",
            Reason = "按期办结",
            EventId = Guid.Parse("0190d1a0-0000-7000-8000-000000000012"),
            EventType = "jiceng.grid.case.closed.v1",
            EventTime = Samples.Time,
            MatterId = "case-1",
            OnceKey = "case-1",
            TraceId = "4bf92f3577b34da6a3ce929d0e0e4736",
            Place = PlaceCode.Parse("140224205201001"),
            PostTime = Samples.Time,
            PreviousHash = EntryHash.Genesis,
        };
        EntryHash.Of(entry).ShouldBe("a82241a6350039a4ba239b4c7230a9b589648759f40a6ad68f10cee4b65a111c");
        EntryHash.Of(entry with { Points = 1.5m }).ShouldBe(EntryHash.Of(entry));
    }

    private static ChainBreak? Check(ImmutableArray<Entry> entries, ImmutableArray<Entry> original)
    {
        var check = new ChainCheck(Samples.Worker);
        foreach (var entry in entries) check.Next(entry);
        return check.End(original[^1].Sequence, original[^1].Hash);
    }
}
