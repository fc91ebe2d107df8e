using System.Collections.Immutable;

namespace Jiceng.Grid.Cases.Domain;

/// <summary>What others learn of a move. The state after the move goes with it.</summary>
internal abstract record CaseEvent
{
    private CaseEvent()
    {
    }

    /// <summary>A step was taken; every move has this event, whichever verb made it.</summary>
    internal sealed record Changed : CaseEvent;

    /// <summary>The case was closed (结案).</summary>
    internal sealed record Closed(string VerifierId) : CaseEvent;

    /// <summary>A closed case was rated (评价).</summary>
    internal sealed record Rated : CaseEvent;

    /// <summary>A deadline passed (超期).</summary>
    /// <param name="Stage">accept or handle.</param>
    /// <param name="DueTime">The deadline.</param>
    /// <param name="ResponsibleIds">Who was to act: the handlers, or the head of the node while nobody was given the case.</param>
    internal sealed record Overdue(string Stage, DateTimeOffset DueTime, ImmutableArray<Guid> ResponsibleIds) : CaseEvent;
}
