using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Jiceng.Grid.Events.V1;
using Jiceng.Messaging;
using Jiceng.Persistence;

namespace Jiceng.Grid.Cases;

/// <summary>What grid tells about cases.</summary>
internal static class CaseEvents
{
    /// <summary>Tells a step; every step is told, whichever verb made it.</summary>
    public static void PublishChanged(UnitOfWork work, CaseMove move)
    {
        var (after, step) = move;
        var payload = new CaseChanged
        {
            CaseId = after.Id.ToString(),
            NodeCode = after.Node.Value,
            Category = after.Category,
            Urgency = NameOf(after.Urgency),
            Verb = CaseMachine.Name(step.Verb),
            State = after.State.ToString().ToLowerInvariant(),
            OwnerCode = after.Owner.Value,
            DueTime = after.Due?.ToTimestamp(),
            ReportTime = after.ReportTime.ToTimestamp(),
            StepTime = step.Time.ToTimestamp(),
            Sequence = after.Version,
        };
        payload.HandlerIds.AddRange(after.Parts.Select(part => part.HandlerId.ToString()));
        Publish(work, after, payload);
    }

    public static void PublishClosed(UnitOfWork work, Case closed, string verifierId)
    {
        var payload = new CaseClosed
        {
            CaseId = closed.Id.ToString(),
            NodeCode = closed.Node.Value,
            Category = closed.Category,
            Urgency = NameOf(closed.Urgency),
            ReporterId = closed.ReporterId,
            VerifierId = verifierId,
            ReportTime = closed.ReportTime.ToTimestamp(),
            CloseTime = closed.CloseTime!.Value.ToTimestamp(),
            OnTime = closed.OnTime,
            OnTheSpot = closed.OnTheSpot,
            ReworkCount = closed.ReworkCount,
            CloseCount = closed.CloseCount,
            Sequence = closed.Version,
        };
        payload.HandlerIds.AddRange(closed.Parts.Select(part => part.HandlerId.ToString()));
        Publish(work, closed, payload);
    }

    /// <param name="work">The transaction.</param>
    /// <param name="late">The case whose deadline passed.</param>
    /// <param name="stage">accept or handle.</param>
    /// <param name="headId">Head of the node that was to act, who answers while nobody was given the case.</param>
    public static void PublishOverdue(UnitOfWork work, Case late, string stage, Guid? headId)
    {
        var payload = new CaseOverdue
        {
            CaseId = late.Id.ToString(),
            NodeCode = late.Node.Value,
            Category = late.Category,
            Stage = stage,
            DueTime = (stage == "accept" ? late.AcceptDue : late.HandleDue!.Value).ToTimestamp(),
            Sequence = late.Version,
        };
        var handlers = late.Parts.Where(part => !part.Finished).Select(part => part.HandlerId.ToString()).ToList();
        payload.ResponsibleIds.AddRange(handlers.Count > 0 ? handlers : headId is { } head ? [head.ToString()] : []);
        Publish(work, late, payload);
    }

    public static void PublishRated(UnitOfWork work, Case rated)
    {
        var payload = new CaseRated
        {
            CaseId = rated.Id.ToString(),
            NodeCode = rated.Node.Value,
            Category = rated.Category,
            Rating = rated.Rating,
            RateTime = rated.RateTime!.Value.ToTimestamp(),
            Sequence = rated.Version,
        };
        payload.HandlerIds.AddRange(rated.Parts.Select(part => part.HandlerId.ToString()));
        Publish(work, rated, payload);
    }

    private static void Publish(UnitOfWork work, Case about, IMessage payload) =>
        work.Publish(about.Id.ToString(), about.Node, about.Version, payload);

    private static string NameOf(Urgency urgency) => urgency.ToString().ToLowerInvariant();
}
