using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Jiceng.Domain;
using Jiceng.Grid.Cases.Domain;
using Jiceng.Grid.Events.V1;

namespace Jiceng.Grid.Cases;

/// <summary>Maps the events of a case to their payloads.</summary>
internal static class CaseEventMapper
{
    public static IMessage ToMessage(this CaseEvent happened, CaseMove move) => happened switch
    {
        CaseEvent.Changed => ToChanged(move),
        CaseEvent.Closed closed => ToClosed(move.Case, closed),
        CaseEvent.Rated => ToRated(move.Case),
        CaseEvent.Overdue overdue => ToOverdue(move.Case, overdue),
        _ => throw new ArgumentOutOfRangeException(nameof(happened), happened, null),
    };

    private static CaseChanged ToChanged(CaseMove move) => new()
    {
        CaseId = move.Case.Id.ToString(),
        NodeCode = move.Case.Node.Value,
        Category = move.Case.Category,
        Urgency = EnumNames.Of(move.Case.Urgency),
        Verb = CaseMachine.Name(move.Step.Verb),
        State = EnumNames.Of(move.Case.State),
        OwnerCode = move.Case.Owner.Value,
        HandlerIds = { HandlerIds(move.Case) },
        DueTime = move.Case.Due?.ToTimestamp(),
        ReportTime = move.Case.ReportTime.ToTimestamp(),
        StepTime = move.Step.Time.ToTimestamp(),
        Sequence = move.Case.Version,
    };

    private static CaseClosed ToClosed(Case after, CaseEvent.Closed closed) => new()
    {
        CaseId = after.Id.ToString(),
        NodeCode = after.Node.Value,
        Category = after.Category,
        Urgency = EnumNames.Of(after.Urgency),
        ReporterId = after.ReporterId,
        HandlerIds = { HandlerIds(after) },
        VerifierId = closed.VerifierId,
        ReportTime = after.ReportTime.ToTimestamp(),
        CloseTime = after.CloseTime!.Value.ToTimestamp(),
        OnTime = after.OnTime,
        OnTheSpot = after.OnTheSpot,
        ReworkCount = after.ReworkCount,
        CloseCount = after.CloseCount,
        Sequence = after.Version,
    };

    private static CaseRated ToRated(Case after) => new()
    {
        CaseId = after.Id.ToString(),
        NodeCode = after.Node.Value,
        Category = after.Category,
        Rating = after.Rating,
        RateTime = after.RateTime!.Value.ToTimestamp(),
        HandlerIds = { HandlerIds(after) },
        Sequence = after.Version,
    };

    private static CaseOverdue ToOverdue(Case after, CaseEvent.Overdue overdue) => new()
    {
        CaseId = after.Id.ToString(),
        NodeCode = after.Node.Value,
        Category = after.Category,
        Stage = overdue.Stage,
        DueTime = overdue.DueTime.ToTimestamp(),
        ResponsibleIds = { overdue.ResponsibleIds.Select(id => id.ToString()) },
        Sequence = after.Version,
    };

    private static IEnumerable<string> HandlerIds(Case from) => from.Parts.Select(part => part.HandlerId.ToString());
}
