namespace Jiceng.Grid.Cases.Domain;

/// <summary>What a state means for the deadlines of a case.</summary>
internal static class CaseStates
{
    /// <summary>Whether a deadline to handle the case applies, in the past too: not while it is suspended, nor once it is voided.</summary>
    public static bool HasDeadline(this CaseState state) => state is not (CaseState.Suspended or CaseState.Voided);

    /// <summary>Whether the deadline to handle the case runs (办理中).</summary>
    public static bool IsToHandle(this CaseState state) => state is CaseState.Accepted or CaseState.Dispatched or CaseState.Handling;

    /// <summary>Whether the case is accepted, not suspended and not closed yet, so that it counts as overdue after that deadline (应结未结).</summary>
    public static bool IsToClose(this CaseState state) => state.IsToHandle() || state == CaseState.Handled;
}
