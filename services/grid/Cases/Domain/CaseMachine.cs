using System.Collections.Frozen;
using Jiceng.Domain;

namespace Jiceng.Grid.Cases.Domain;

/// <summary>State of a case (事件状态); the numbers are those of the contract.</summary>
internal enum CaseState
{
    Reported = 1,
    Accepted = 2,
    Dispatched = 3,
    Handling = 4,
    Suspended = 5,
    Handled = 6,
    Closed = 7,
    Rejected = 8,
    Voided = 9,
}

/// <summary>What is done with a case (办理动作).</summary>
internal enum CaseVerb
{
    Report,
    Accept,
    Reject,
    Void,
    Escalate,
    Dispatch,
    Start,
    Return,
    Suspend,
    Resume,
    Finish,
    Pass,
    Fail,
    Reopen,
    Rate,
    Overdue,
}

/// <summary>Which verb is possible in which state. The one table: the tests walk through all of it.</summary>
internal static class CaseMachine
{
    private static readonly FrozenDictionary<(CaseState State, CaseVerb Verb), CaseState> Moves =
        new Dictionary<(CaseState, CaseVerb), CaseState>
        {
            [(CaseState.Reported, CaseVerb.Accept)] = CaseState.Accepted,
            [(CaseState.Reported, CaseVerb.Reject)] = CaseState.Rejected,
            [(CaseState.Accepted, CaseVerb.Void)] = CaseState.Voided,
            [(CaseState.Accepted, CaseVerb.Escalate)] = CaseState.Accepted,
            [(CaseState.Accepted, CaseVerb.Dispatch)] = CaseState.Dispatched,
            [(CaseState.Dispatched, CaseVerb.Start)] = CaseState.Handling,
            [(CaseState.Dispatched, CaseVerb.Return)] = CaseState.Accepted,
            [(CaseState.Handling, CaseVerb.Start)] = CaseState.Handling,
            [(CaseState.Handling, CaseVerb.Suspend)] = CaseState.Suspended,
            [(CaseState.Handling, CaseVerb.Finish)] = CaseState.Handled,
            [(CaseState.Suspended, CaseVerb.Resume)] = CaseState.Handling,
            [(CaseState.Handled, CaseVerb.Pass)] = CaseState.Closed,
            [(CaseState.Handled, CaseVerb.Fail)] = CaseState.Dispatched,
            [(CaseState.Closed, CaseVerb.Reopen)] = CaseState.Dispatched,
            [(CaseState.Closed, CaseVerb.Rate)] = CaseState.Closed,
        }.ToFrozenDictionary();

    /// <summary>The state after the verb; finishing a part leads here when it is the last one.</summary>
    /// <exception cref="ApiException">CASE_MOVE_FORBIDDEN.</exception>
    public static CaseState Next(CaseState state, CaseVerb verb) => Moves.TryGetValue((state, verb), out var next)
        ? next
        : throw GridErrors.CaseMoveForbidden.With(
            ("verb", Name(verb)), ("state", state.ToString().ToUpperInvariant()), ("allowed", Allowed(state)));

    public static bool Allows(CaseState state, CaseVerb verb) => Moves.ContainsKey((state, verb));

    /// <summary>Name of a verb as the timeline keeps it.</summary>
    public static string Name(CaseVerb verb) => verb.ToString().ToLowerInvariant();

    private static string Allowed(CaseState state)
    {
        var names = Moves.Keys.Where(move => move.State == state).Select(move => Name(move.Verb)).Order(StringComparer.Ordinal).ToList();
        return names.Count == 0 ? "none" : string.Join(", ", names);
    }
}
