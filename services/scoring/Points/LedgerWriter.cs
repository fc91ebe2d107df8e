using Jiceng.Messaging;
using Jiceng.Persistence;
using Jiceng.Scoring.Points.Domain;
using Jiceng.Scoring.Ranking;

namespace Jiceng.Scoring.Points;

/// <summary>Writes new entries of the ledger with their events, and marks the rankings that they change.</summary>
internal static class LedgerWriter
{
    public static void AppendOnCommit(UnitOfWork work, LedgerState ledger)
    {
        LedgerStore.AppendOnCommit(work, ledger);
        foreach (var entry in ledger.Made) work.Publish(entry.Subject.Id, entry.Place, entry.Sequence, entry.ToEvent());
        RankingStore.TouchOnCommit(work, ledger.Made.Select(entry => RankingStore.Topic(entry.SchemeId, entry.Period)).Distinct().Order(StringComparer.Ordinal));
    }
}
