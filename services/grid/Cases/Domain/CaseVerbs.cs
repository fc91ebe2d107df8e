using System.Collections.Immutable;
using Jiceng.Domain;

namespace Jiceng.Grid.Cases.Domain;

/// <summary>The verbs of a case: each asks the machine first, and changes what belongs to the move.</summary>
internal sealed class CaseVerbs(Catalogue catalogue, TimeSpan reopenWindow)
{
    public CaseMove Report(Guid id, PlaceCode node, string category, Urgency urgency, CaseAct act)
    {
        var deadlines = catalogue.Deadlines(category, urgency);
        var reported = new Case
        {
            Id = id,
            Node = node,
            Owner = node,
            Category = category,
            Urgency = urgency,
            State = CaseState.Reported,
            Description = act.Remark,
            ReporterId = act.ActorId,
            Attachments = act.Attachments,
            ReportTime = act.Time,
            AcceptDue = catalogue.Clock.Due(act.Time, deadlines.Accept),
            UpdateTime = act.Time,
        };
        return MoveOf(reported, null, CaseVerb.Report, act with { Remark = "", Attachments = [] });
    }

    /// <summary>A reported case that the reporter handled at once: accepted, dispatched to the reporter, handled.</summary>
    public IReadOnlyList<CaseMove> HandleOnTheSpot(Case reported, CaseAct act)
    {
        var reporter = Guid.Parse(act.ActorId);
        var silent = act with { Remark = "", Attachments = [] };
        var accepted = Accept(reported, silent);
        var dispatched = Dispatch(accepted.Case with { OnTheSpot = true }, [new CasePart(reporter, "")], silent);
        var started = Start(dispatched.Case, silent);
        return [accepted, dispatched, started, Finish(started.Case, act)];
    }

    public CaseMove Accept(Case before, CaseAct act)
    {
        var deadlines = catalogue.Deadlines(before.Category, before.Urgency);
        return Move(before, CaseVerb.Accept, act, next => next with
        {
            AcceptTime = act.Time,
            HandleDue = catalogue.Clock.Due(act.Time, deadlines.Handle),
        });
    }

    public CaseMove Reject(Case before, CaseAct act) => Move(before, CaseVerb.Reject, act, next => next);

    public CaseMove Void(Case before, CaseAct act) => Move(before, CaseVerb.Void, act, next => next with { VoidTime = act.Time });

    public CaseMove Escalate(Case before, CaseAct act) => Move(before, CaseVerb.Escalate, act, next => next with { Owner = Above(next.Owner) });

    public CaseMove Dispatch(Case before, ImmutableArray<CasePart> parts, CaseAct act) => Move(before, CaseVerb.Dispatch, act, next =>
    {
        var twice = parts.GroupBy(part => part.HandlerId).FirstOrDefault(group => group.Count() > 1);
        return twice is null
            ? next with { Parts = parts }
            : throw GridErrors.HandlerTwice.With(("handler_id", twice.Key.ToString())).At("assignments", "every handler once");
    });

    public CaseMove Start(Case before, CaseAct act) => Move(before, CaseVerb.Start, act, next => WithPart(next, act.ActorId, part =>
        part.Finished ? throw GridErrors.PartFinished.With()
        : part.Started ? throw GridErrors.PartStarted.With()
        : part with { Started = true }));

    public CaseMove Return(Case before, CaseAct act) => Move(before, CaseVerb.Return, act, next =>
        next.IsHandler(act.ActorId) ? next with { Parts = [] } : throw GridErrors.NotTheHandler.With());

    public CaseMove Suspend(Case before, CaseAct act) => Move(before, CaseVerb.Suspend, act, next => next with { SuspendTime = act.Time });

    public CaseMove Resume(Case before, CaseAct act) => Move(before, CaseVerb.Resume, act, next => next with
    {
        SuspendTime = null,
        HandleDue = catalogue.Clock.AfterRest(
            next.HandleDue!.Value, next.SuspendTime!.Value, act.Time, catalogue.Deadlines(next.Category, next.Urgency).Handle.Unit),
    });

    public CaseMove Finish(Case before, CaseAct act)
    {
        var handled = CaseMachine.Next(before.State, CaseVerb.Finish);
        var next = WithPart(before, act.ActorId, part =>
            part.Finished ? throw GridErrors.PartFinished.With()
            : !part.Started ? throw GridErrors.PartNotStarted.With()
            : part with { Finished = true, Result = act.Remark });
        if (!next.Parts.All(part => part.Finished))
            return Step(before, next, CaseVerb.Finish, act);
        return Step(before, next with
        {
            State = handled,
            HandleTime = act.Time,
            VerifyDue = catalogue.Clock.Due(act.Time, catalogue.Deadlines(before.Category, before.Urgency).Verify),
            VerifyTime = null,
        }, CaseVerb.Finish, act);
    }

    public CaseMove Pass(Case before, CaseAct act) => With(
        Verify(before, CaseVerb.Pass, act, next => next with
        {
            CloseTime = act.Time,
            CloseCount = next.CloseCount + 1,
        }),
        new CaseEvent.Closed(act.ActorId));

    /// <summary>Sends the case back to its handlers. The deadline stays: rework is no reason for more time.</summary>
    public CaseMove Fail(Case before, CaseAct act) => Verify(before, CaseVerb.Fail, act, next => Again(next) with { ReworkCount = next.ReworkCount + 1 });

    public CaseMove Reopen(Case before, CaseAct act) => Move(before, CaseVerb.Reopen, act, next =>
    {
        var until = next.CloseTime!.Value + reopenWindow;
        if (act.Time > until)
            throw GridErrors.ReopenWindowPassed.With(("until", ChinaTime.Day(until).ToString("O")));
        return Again(next) with
        {
            CloseTime = null,
            HandleDue = catalogue.Clock.Due(act.Time, catalogue.Deadlines(next.Category, next.Urgency).Handle),
            HandleOverdueRaised = false,
        };
    });

    public CaseMove Rate(Case before, int rating, CaseAct act) => With(
        Move(before, CaseVerb.Rate, act, next =>
            next.IsHandler(act.ActorId) ? throw GridErrors.RaterIsHandler.With()
            : next.Rating != 0 ? throw GridErrors.CaseRated.With()
            : next with { Rating = rating, RateTime = act.Time }),
        new CaseEvent.Rated());

    /// <summary>
    /// Marks the deadline that has passed, once: to accept (the case then goes to the node above, by rule) or to handle.
    /// Null when none has passed that was not marked.
    /// </summary>
    public static CaseMove? Overdue(Case before, Guid? headId, DateTimeOffset now)
    {
        var act = new CaseAct("system", now);
        if (before.State == CaseState.Reported && now > before.AcceptDue && !before.AcceptOverdueRaised)
        {
            var owner = before.Owner.Level > PlaceLevel.County ? Above(before.Owner) : before.Owner;
            return Late(Step(before, before with { AcceptOverdueRaised = true, Owner = owner }, CaseVerb.Overdue, act with { Remark = "accept" }), before.AcceptDue, headId);
        }

        var running = before.State.IsToHandle();
        return running && now > before.HandleDue && !before.HandleOverdueRaised
            ? Late(Step(before, before with { HandleOverdueRaised = true }, CaseVerb.Overdue, act with { Remark = "handle" }), before.HandleDue!.Value, headId)
            : null;
    }

    private static CaseMove Verify(Case before, CaseVerb verb, CaseAct act, Func<Case, Case> change) => Move(before, verb, act, next =>
        next.IsHandler(act.ActorId) ? throw GridErrors.VerifierIsHandler.With() : change(next with { VerifyTime = act.Time }));

    private static Case Again(Case next) => next with
    {
        Parts = [.. next.Parts.Select(part => part with { Started = false, Finished = false })],
        HandleTime = null,
        VerifyDue = null,
    };

    private static Case WithPart(Case next, string actorId, Func<CasePart, CasePart> change)
    {
        var index = next.Parts.ToList().FindIndex(part => part.HandlerId.ToString() == actorId);
        return index < 0
            ? throw GridErrors.NotTheHandler.With()
            : next with { Parts = next.Parts.SetItem(index, change(next.Parts[index])) };
    }

    private static PlaceCode Above(PlaceCode owner) => owner.Level > PlaceLevel.County
        ? owner.Parent!.Value
        : throw GridErrors.CaseAtTop.With(("owner", owner.Value));

    private static CaseMove Move(Case before, CaseVerb verb, CaseAct act, Func<Case, Case> change)
    {
        var state = CaseMachine.Next(before.State, verb);
        return Step(before, change(before) with { State = state }, verb, act);
    }

    private static CaseMove Step(Case before, Case next, CaseVerb verb, CaseAct act)
    {
        var after = next with { Version = before.Version + 1, UpdateTime = act.Time };
        return MoveOf(after, before.State, verb, act);
    }

    private static CaseMove MoveOf(Case after, CaseState? from, CaseVerb verb, CaseAct act) => new(
        after,
        new CaseStep
        {
            Number = (int)after.Version,
            Verb = verb,
            ActorId = act.ActorId,
            From = from,
            To = after.State,
            Owner = after.Owner,
            Remark = act.Remark,
            Attachments = act.Attachments,
            Time = act.Time,
        },
        [new CaseEvent.Changed()]);

    private static CaseMove With(CaseMove move, CaseEvent happened) => move with { Events = move.Events.Add(happened) };

    private static CaseMove Late(CaseMove move, DateTimeOffset due, Guid? headId)
    {
        var handlers = move.Case.Parts.Where(part => !part.Finished).Select(part => part.HandlerId).ToImmutableArray();
        ImmutableArray<Guid> responsible = !handlers.IsEmpty ? handlers : headId is { } head ? [head] : [];
        return With(move, new CaseEvent.Overdue(move.Step.Remark, due, responsible));
    }
}
