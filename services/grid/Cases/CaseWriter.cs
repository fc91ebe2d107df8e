using Jiceng.Grid.Cases.Domain;
using Jiceng.Messaging;
using Jiceng.Persistence;

namespace Jiceng.Grid.Cases;

/// <summary>Writes moves of a case with their steps, events and audit row, all in the round trip that commits.</summary>
internal static class CaseWriter
{
    /// <summary>Writes a new case; NODE_NOT_FOUND when its node does not exist.</summary>
    /// <param name="work">The transaction.</param>
    /// <param name="moves">Its first moves, in order.</param>
    public static void AddOnCommit(UnitOfWork work, IReadOnlyList<CaseMove> moves)
    {
        CaseStore.AddOnCommit(work, moves);
        foreach (var move in moves) Publish(work, move);
        Audit(work, moves[0]);
    }

    /// <summary>Writes a locked case as it is after a move.</summary>
    public static void SaveOnCommit(UnitOfWork work, CaseMove move)
    {
        CaseStore.SaveOnCommit(work, move);
        Publish(work, move);
        Audit(work, move);
    }

    private static void Publish(UnitOfWork work, CaseMove move)
    {
        foreach (var happened in move.Events)
            work.Publish(move.Case.Id.ToString(), move.Case.Node, move.Case.Version, happened.ToMessage(move));
    }

    private static void Audit(UnitOfWork work, CaseMove move) =>
        work.Audit($"case.{CaseMachine.Name(move.Step.Verb)}", "case", move.Case.Id.ToString(), move.Case.Node.Value);
}
