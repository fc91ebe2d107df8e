using Jiceng.Scoring.Subjects.Domain;

namespace Jiceng.Scoring.Points.Domain;

/// <summary>What makes an award the same one as another.</summary>
internal readonly record struct AwardKey(Guid SchemeId, string RuleKey, SubjectRef Subject, string OnceKey);

/// <summary>Whose entries of which rule are under a limit.</summary>
internal readonly record struct RuleSum(Guid SchemeId, string Period, SubjectRef Subject, string RuleKey);

/// <summary>
/// As much of the ledger as new entries depend on: the ends of chains, which awards were given, and what rules gave so far. Entries
/// are made from it one after the other, each knowing those before, and are written together.
/// </summary>
internal sealed class LedgerState
{
    private readonly List<Entry> _made = [];

    public Dictionary<SubjectRef, (long Sequence, string Hash)> Heads { get; } = [];

    public HashSet<AwardKey> Given { get; } = [];

    public Dictionary<RuleSum, decimal> Sums { get; } = [];

    /// <summary>What was made, in order.</summary>
    public IReadOnlyList<Entry> Made => _made;

    /// <summary>What the rules gave the subject in the period.</summary>
    public decimal Sum(Guid schemeId, string period, SubjectRef subject, IEnumerable<string> ruleKeys) =>
        ruleKeys.Sum(rule => Sums.GetValueOrDefault(new RuleSum(schemeId, period, subject, rule)));

    /// <summary>Puts an entry at the end of its subject's chain.</summary>
    /// <returns>The entry with its sequence and hashes.</returns>
    public Entry Append(Entry entry)
    {
        var (sequence, hash) = Heads.GetValueOrDefault(entry.Subject, (0, EntryHash.Genesis));
        var chained = entry.Chained(sequence + 1, hash);
        Heads[entry.Subject] = (chained.Sequence, chained.Hash);
        Given.Add(new AwardKey(entry.SchemeId, entry.RuleKey, entry.Subject, entry.OnceKey));
        var sum = new RuleSum(entry.SchemeId, entry.Period, entry.Subject, entry.RuleKey);
        Sums[sum] = Sums.GetValueOrDefault(sum) + entry.Points;
        _made.Add(chained);
        return chained;
    }
}
