using System.Collections.Immutable;
using Jiceng.Domain;

namespace Jiceng.Grid.Cases.Domain;

/// <summary>A file kept elsewhere that belongs to a step (附件).</summary>
internal sealed record Attachment(string Uri, string MediaType);

/// <summary>One handler's part of a case (处理任务).</summary>
internal sealed record CasePart(Guid HandlerId, string Task, bool Started = false, bool Finished = false, string Result = "");

/// <summary>A step of the timeline (办理过程).</summary>
internal sealed record CaseStep
{
    /// <summary>Version of the case after the step: a case changes by steps alone.</summary>
    public required int Number { get; init; }

    public required CaseVerb Verb { get; init; }

    public required string ActorId { get; init; }

    public required CaseState? From { get; init; }

    public required CaseState To { get; init; }

    public required PlaceCode Owner { get; init; }

    public required string Remark { get; init; }

    public required ImmutableArray<Attachment> Attachments { get; init; }

    public required DateTimeOffset Time { get; init; }

    /// <summary>Trace in which a stored step was taken; empty when there was none.</summary>
    public string TraceId { get; init; } = "";
}

/// <summary>Who does something with a case, when, and what is said about it.</summary>
internal sealed record CaseAct(string ActorId, DateTimeOffset Time, string Remark = "")
{
    public ImmutableArray<Attachment> Attachments { get; init; } = [];
}

/// <summary>A case after a verb, with the step that goes into its timeline and the events that report it.</summary>
internal sealed record CaseMove(Case Case, CaseStep Step, ImmutableArray<CaseEvent> Events);

/// <summary>
/// A case (网格事件). Immutable: every verb answers with the case after it and the step of its timeline, or refuses.
/// </summary>
internal sealed record Case
{
    public required Guid Id { get; init; }

    public required PlaceCode Node { get; init; }

    /// <summary>The node that answers for the case now (责任网格).</summary>
    public required PlaceCode Owner { get; init; }

    public required string Category { get; init; }

    public required Urgency Urgency { get; init; }

    public required CaseState State { get; init; }

    public required string Description { get; init; }

    public required string ReporterId { get; init; }

    public required ImmutableArray<Attachment> Attachments { get; init; }

    public ImmutableArray<CasePart> Parts { get; init; } = [];

    public bool OnTheSpot { get; init; }

    public int ReworkCount { get; init; }

    public int CloseCount { get; init; }

    public int Rating { get; init; }

    public required DateTimeOffset ReportTime { get; init; }

    public required DateTimeOffset AcceptDue { get; init; }

    public DateTimeOffset? AcceptTime { get; init; }

    public DateTimeOffset? HandleDue { get; init; }

    public DateTimeOffset? HandleTime { get; init; }

    public DateTimeOffset? VerifyDue { get; init; }

    public DateTimeOffset? VerifyTime { get; init; }

    public DateTimeOffset? CloseTime { get; init; }

    public DateTimeOffset? SuspendTime { get; init; }

    public DateTimeOffset? VoidTime { get; init; }

    public DateTimeOffset? RateTime { get; init; }

    /// <summary>Whether the event of the current deadline to accept, to handle, was raised.</summary>
    public bool AcceptOverdueRaised { get; init; }

    public bool HandleOverdueRaised { get; init; }

    public required DateTimeOffset UpdateTime { get; init; }

    /// <summary>From 1, one more with every change.</summary>
    public long Version { get; init; } = 1;

    public bool IsHandler(string actorId) => Parts.Any(part => part.HandlerId.ToString() == actorId);

    /// <summary>Whether a deadline passed before it was met (超期).</summary>
    public bool IsOverdue(DateTimeOffset now) =>
        (AcceptTime ?? (State == CaseState.Reported ? now : AcceptDue)) > AcceptDue
        || (State.HasDeadline() && HandleDue is { } due && (HandleTime ?? now) > due);

    /// <summary>The deadline that counts in this state.</summary>
    public DateTimeOffset? Due => State switch
    {
        CaseState.Reported => AcceptDue,
        CaseState.Handled => VerifyDue,
        _ when State.IsToHandle() => HandleDue,
        _ => null,
    };

    /// <summary>Whether it was handled before its deadline (按期).</summary>
    public bool OnTime => HandleTime is { } handled && HandleDue is { } due && handled <= due;
}
