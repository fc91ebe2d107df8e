using Jiceng.Scoring.Subjects.Domain;

namespace Jiceng.Scoring.Points.Domain;

internal enum ChainFault
{
    Altered,
    Missing,
    Unlinked,
    Truncated,
}

/// <summary>Where a chain is broken first.</summary>
internal sealed record ChainBreak(SubjectRef Subject, long Sequence, Guid? EntryId, ChainFault Fault);

/// <summary>Walks the chain of one subject, entry by entry in sequence order, and keeps the first break.</summary>
internal sealed class ChainCheck(SubjectRef subject)
{
    private long _sequence;
    private string _hash = EntryHash.Genesis;

    public ChainBreak? Break { get; private set; }

    public SubjectRef Subject => subject;

    public void Next(Entry entry)
    {
        if (Break is not null) return;
        ChainFault? fault =
            entry.Sequence != _sequence + 1 ? ChainFault.Missing
            : entry.PreviousHash != _hash ? ChainFault.Unlinked
            : entry.Hash != EntryHash.Of(entry) ? ChainFault.Altered
            : null;
        if (fault is { } found)
        {
            var missing = found == ChainFault.Missing;
            Break = new ChainBreak(subject, missing ? _sequence + 1 : entry.Sequence, missing ? null : entry.Id, found);
        }

        (_sequence, _hash) = (entry.Sequence, entry.Hash);
    }

    /// <summary>Compares the end of the chain with where the ledger says it ends.</summary>
    public ChainBreak? End(long sequence, string hash)
    {
        if (Break is null && (_sequence != sequence || _hash != hash))
            Break = new ChainBreak(subject, _sequence + 1, null, ChainFault.Truncated);
        return Break;
    }
}
