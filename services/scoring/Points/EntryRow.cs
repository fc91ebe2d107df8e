using Jiceng.Domain;
using Jiceng.Scoring.Points.Domain;
using Jiceng.Scoring.Subjects.Domain;

namespace Jiceng.Scoring.Points;

/// <summary>A row of ledger_entry.</summary>
internal sealed class EntryRow
{
    public Guid Id { get; init; }

    public string Kind { get; init; } = "";

    public string SubjectId { get; init; } = "";

    public long Sequence { get; init; }

    public Guid SchemeId { get; init; }

    public int SchemeVersion { get; init; }

    public string RuleKey { get; init; } = "";

    public string Role { get; init; } = "";

    public string GroupName { get; init; } = "";

    public decimal Points { get; init; }

    public decimal UncappedPoints { get; init; }

    public string Period { get; init; } = "";

    public string Reason { get; init; } = "";

    public Guid EventId { get; init; }

    public string EventType { get; init; } = "";

    public DateTimeOffset EventTime { get; init; }

    public string MatterId { get; init; } = "";

    public string OnceKey { get; init; } = "";

    public string TraceId { get; init; } = "";

    public string PlaceCode { get; init; } = "";

    public DateTimeOffset PostTime { get; init; }

    public Guid? CorrectsId { get; init; }

    public string CorrectorId { get; init; } = "";

    public string PreviousHash { get; init; } = "";

    public string Hash { get; init; } = "";

    // A place code that was altered in the table must not stop the verification that is to find it: it becomes the county of nowhere.
    public Entry ToEntry() => new()
    {
        Id = Id,
        Subject = new SubjectRef(EnumNames.Parse<SubjectKind>(Kind), SubjectId),
        Sequence = Sequence,
        SchemeId = SchemeId,
        SchemeVersion = SchemeVersion,
        RuleKey = RuleKey,
        Role = Role,
        Group = GroupName,
        Points = Points,
        UncappedPoints = UncappedPoints,
        Period = Period,
        Reason = Reason,
        EventId = EventId,
        EventType = EventType,
        EventTime = EventTime,
        MatterId = MatterId,
        OnceKey = OnceKey,
        TraceId = TraceId,
        Place = Jiceng.Domain.PlaceCode.TryParse(PlaceCode, out var place) ? place : Jiceng.Domain.PlaceCode.Parse("00"),
        PostTime = PostTime,
        CorrectsId = CorrectsId,
        CorrectorId = CorrectorId,
        PreviousHash = PreviousHash,
        Hash = Hash,
    };
}
