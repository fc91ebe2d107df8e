using Google.Protobuf.WellKnownTypes;
using Jiceng.Scoring.Events.V1;
using Jiceng.Scoring.Points.Domain;
using Jiceng.Scoring.Subjects.Domain;
using V1 = Jiceng.Scoring.V1;

namespace Jiceng.Scoring.Points;

internal static class EntryMapper
{
    public static V1.Entry ToMessage(this Entry entry) => new()
    {
        EntryId = entry.Id.ToString(),
        SubjectKind = (V1.SubjectKind)entry.Subject.Kind,
        SubjectId = entry.Subject.Id,
        Sequence = entry.Sequence,
        SchemeId = entry.SchemeId.ToString(),
        SchemeVersion = entry.SchemeVersion,
        RuleKey = entry.RuleKey,
        Points = PointsText.Format(entry.Points),
        UncappedPoints = PointsText.Format(entry.UncappedPoints),
        Period = entry.Period,
        Reason = entry.Reason,
        EventId = entry.EventId.ToString(),
        EventType = entry.EventType,
        EventTime = entry.EventTime.ToTimestamp(),
        TraceId = entry.TraceId,
        PlaceCode = entry.Place.Value,
        PostTime = entry.PostTime.ToTimestamp(),
        CorrectsEntryId = entry.CorrectsId?.ToString() ?? "",
        CorrectorId = entry.CorrectorId,
        PreviousHash = entry.PreviousHash,
        Hash = entry.Hash,
        Group = entry.Group,
        Role = entry.Role,
    };

    public static PointsPosted ToEvent(this Entry entry) => new()
    {
        EntryId = entry.Id.ToString(),
        SubjectKind = entry.Subject.Kind.Text(),
        SubjectId = entry.Subject.Id,
        PlaceCode = entry.Place.Value,
        Points = PointsText.Format(entry.Points),
        SchemeId = entry.SchemeId.ToString(),
        Period = entry.Period,
        PostTime = entry.PostTime.ToTimestamp(),
        Sequence = entry.Sequence,
    };
}
