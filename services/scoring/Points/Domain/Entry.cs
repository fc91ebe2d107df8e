using Jiceng.Domain;
using Jiceng.Scoring.Subjects.Domain;

namespace Jiceng.Scoring.Points.Domain;

/// <summary>One entry of the points ledger (积分条目). Times are whole microseconds, as PostgreSQL keeps them.</summary>
internal sealed record Entry
{
    /// <summary>Id.</summary>
    public required Guid Id { get; init; }

    /// <summary>Who.</summary>
    public required SubjectRef Subject { get; init; }

    /// <summary>Place in the subject's chain, from 1.</summary>
    public long Sequence { get; init; }

    /// <summary>Scheme.</summary>
    public required Guid SchemeId { get; init; }

    /// <summary>Its version.</summary>
    public required int SchemeVersion { get; init; }

    /// <summary>Rule.</summary>
    public required string RuleKey { get; init; }

    /// <summary>Role of the subject in the event.</summary>
    public required string Role { get; init; }

    /// <summary>Group as whose member it was scored.</summary>
    public required string Group { get; init; }

    /// <summary>Points after caps.</summary>
    public required decimal Points { get; init; }

    /// <summary>Points before caps.</summary>
    public required decimal UncappedPoints { get; init; }

    /// <summary>Period they count for.</summary>
    public required string Period { get; init; }

    /// <summary>Why, in Chinese.</summary>
    public required string Reason { get; init; }

    /// <summary>Source event.</summary>
    public required Guid EventId { get; init; }

    /// <summary>Its type.</summary>
    public required string EventType { get; init; }

    /// <summary>Its time.</summary>
    public required DateTimeOffset EventTime { get; init; }

    /// <summary>What it was about.</summary>
    public required string MatterId { get; init; }

    /// <summary>What makes a second award the same one.</summary>
    public required string OnceKey { get; init; }

    /// <summary>Its trace; empty when there is none.</summary>
    public required string TraceId { get; init; }

    /// <summary>Place of the subject then.</summary>
    public required PlaceCode Place { get; init; }

    /// <summary>When the entry was written.</summary>
    public required DateTimeOffset PostTime { get; init; }

    /// <summary>Entry that it reverses.</summary>
    public Guid? CorrectsId { get; init; }

    /// <summary>Who made the correction; empty when it is none.</summary>
    public string CorrectorId { get; init; } = "";

    /// <summary>Hash of the entry before it.</summary>
    public string PreviousHash { get; init; } = "";

    /// <summary>Hash over all of the above.</summary>
    public string Hash { get; init; } = "";

    /// <summary>The entry as the next one of a chain, with its place and hashes.</summary>
    public Entry Chained(long sequence, string previousHash)
    {
        var entry = this with { Sequence = sequence, PreviousHash = previousHash, Hash = "" };
        return entry with { Hash = EntryHash.Of(entry) };
    }
}
