using Jiceng.Domain;
using Jiceng.Grid.Cases.Domain;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Grid;

public sealed class CaseMachineTests
{
    // The picture in docs/architecture.md, line by line.
    private static readonly Dictionary<(CaseState, CaseVerb), CaseState> Picture = new()
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
    };

    public static TheoryData<int, int> EveryMove()
    {
        var moves = new TheoryData<int, int>();
        foreach (var state in Enum.GetValues<CaseState>())
        {
            foreach (var verb in Enum.GetValues<CaseVerb>())
                moves.Add((int)state, (int)verb);
        }

        return moves;
    }

    [Theory]
    [MemberData(nameof(EveryMove))]
    public void Next_EveryStateAndVerb_IsThePicture(int stateNumber, int verbNumber)
    {
        var (state, verb) = ((CaseState)stateNumber, (CaseVerb)verbNumber);
        if (Picture.TryGetValue((state, verb), out var next))
        {
            CaseMachine.Next(state, verb).ShouldBe(next);
            return;
        }

        var refused = Should.Throw<ApiException>(() => CaseMachine.Next(state, verb));
        refused.Reason.Reason.ShouldBe("CASE_MOVE_FORBIDDEN");
        refused.Reason.Kind.ShouldBe(ErrorKind.Precondition);
        refused.Metadata["state"].ShouldBe(state.ToString().ToUpperInvariant());
        refused.Metadata["verb"].ShouldBe(verb.ToString().ToLowerInvariant());
        var allowed = Picture.Keys.Where(move => move.Item1 == state).Select(move => move.Item2.ToString().ToLowerInvariant()).Order(StringComparer.Ordinal).ToList();
        refused.Metadata["allowed"].ShouldBe(allowed.Count == 0 ? "none" : string.Join(", ", allowed));
        refused.Message.ShouldContain(refused.Metadata["allowed"]);
    }
}
