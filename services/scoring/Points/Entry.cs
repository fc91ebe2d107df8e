using Jiceng.Domain;
using Jiceng.Scoring.Subjects;

namespace Jiceng.Scoring.Points;

/// <summary>One entry of the points ledger (积分条目). Times are whole microseconds, as PostgreSQL keeps them.</summary>
/// <param name="Id">Id.</param>
/// <param name="Subject">Who.</param>
/// <param name="Sequence">Place in the subject's chain, from 1.</param>
/// <param name="SchemeId">Scheme.</param>
/// <param name="SchemeVersion">Its version.</param>
/// <param name="RuleKey">Rule.</param>
/// <param name="Role">Role of the subject in the event.</param>
/// <param name="Group">Group as whose member it was scored.</param>
/// <param name="Points">Points after caps.</param>
/// <param name="UncappedPoints">Points before caps.</param>
/// <param name="Period">Period they count for.</param>
/// <param name="Reason">Why, in Chinese.</param>
/// <param name="EventId">Source event.</param>
/// <param name="EventType">Its type.</param>
/// <param name="EventTime">Its time.</param>
/// <param name="MatterId">What it was about.</param>
/// <param name="OnceKey">What makes a second award the same one.</param>
/// <param name="TraceId">Its trace; empty when there is none.</param>
/// <param name="Place">Place of the subject then.</param>
/// <param name="PostTime">When the entry was written.</param>
/// <param name="CorrectsId">Entry that it reverses.</param>
/// <param name="CorrectorId">Who made the correction; empty when it is none.</param>
/// <param name="PreviousHash">Hash of the entry before it.</param>
/// <param name="Hash">Hash over all of the above.</param>
internal sealed record Entry(
    Guid Id,
    SubjectRef Subject,
    long Sequence,
    Guid SchemeId,
    int SchemeVersion,
    string RuleKey,
    string Role,
    string Group,
    decimal Points,
    decimal UncappedPoints,
    string Period,
    string Reason,
    Guid EventId,
    string EventType,
    DateTimeOffset EventTime,
    string MatterId,
    string OnceKey,
    string TraceId,
    PlaceCode Place,
    DateTimeOffset PostTime,
    Guid? CorrectsId,
    string CorrectorId,
    string PreviousHash,
    string Hash)
{
    /// <summary>The entry as the next one of a chain, with its place and hashes.</summary>
    public Entry Chained(long sequence, string previousHash)
    {
        var entry = this with { Sequence = sequence, PreviousHash = previousHash, Hash = "" };
        return entry with { Hash = EntryHash.Of(entry) };
    }
}
