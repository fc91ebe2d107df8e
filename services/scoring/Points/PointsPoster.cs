using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Scoring.Facts;
using Jiceng.Scoring.Points.Domain;
using Jiceng.Scoring.Schemes.Domain;
using Jiceng.Scoring.Subjects;
using Jiceng.Scoring.Subjects.Domain;

namespace Jiceng.Scoring.Points;

/// <summary>
/// Turns facts into entries of the ledger, in the transaction of what made them known. The order in which facts, subjects and
/// groups arrive makes no difference: whatever comes last brings the points.
/// </summary>
internal static class PointsPoster
{
    /// <summary>Keeps a new fact and gives the points it is worth to everyone in it who is known.</summary>
    public static async Task AddAsync(UnitOfWork work, Fact fact, CancellationToken cancellationToken)
    {
        var (known, published) = await SubjectStore.TakeAsync(work, fact.Parts.Select(part => part.Subject), cancellationToken);
        FactStore.AddOnCommit(work, fact, known.Keys.ToHashSet());
        await PostAsync(work, [fact], published, known, cancellationToken);
    }

    /// <summary>Looks again at all that a subject had a part in, after it became known or its groups changed. The subject is taken.</summary>
    public static async Task ReexamineAsync(UnitOfWork work, Subject subject, IReadOnlyList<Scheme> published, CancellationToken cancellationToken)
    {
        var had = await FactStore.TakeAsync(work, subject.Ref, cancellationToken);
        var known = new Dictionary<SubjectRef, Subject> { [subject.Ref] = subject };
        await PostAsync(work, had, published, known, cancellationToken);
    }

    /// <summary>Scores what happened since the effective date of a scheme's first version. Publication is locked.</summary>
    public static async Task ExamineAsync(UnitOfWork work, Scheme scheme, CancellationToken cancellationToken)
    {
        var since = await FactStore.SinceAsync(work, scheme.EffectiveDate!.Value, cancellationToken);
        var involved = since.SelectMany(fact => fact.Parts).Select(part => part.Subject).Where(subject => subject.Kind == scheme.SubjectKind).Distinct().ToList();
        if (involved.Count == 0) return;
        await SubjectStore.LockAsync(work, involved, cancellationToken);
        await PostAsync(work, since, [scheme], await SubjectStore.FindAsync(work.Connection, involved, cancellationToken), cancellationToken);
    }

    /// <summary>Writes the reversal of an entry. The subject is locked.</summary>
    public static async Task<Entry> ReverseAsync(UnitOfWork work, Entry entry, string reason, string traceId, CancellationToken cancellationToken)
    {
        var ledger = await LedgerStore.StateAsync(work, entry.Subject, cancellationToken);
        var reversal = ledger.Append(entry with
        {
            Id = Guid.CreateVersion7(work.Now),
            Points = -entry.Points,
            UncappedPoints = -entry.Points,
            Reason = $"冲正：{reason}",
            TraceId = traceId,
            PostTime = work.Now,
            CorrectsId = entry.Id,
            CorrectorId = work.CallerId,
        });
        LedgerWriter.AppendOnCommit(work, ledger);
        return reversal;
    }

    private static async Task PostAsync(
        UnitOfWork work, IEnumerable<Fact> facts, IReadOnlyList<Scheme> published, IReadOnlyDictionary<SubjectRef, Subject> known, CancellationToken cancellationToken)
    {
        var postings = Posting.Of(facts, FactTable.Catalog, published, known).ToList();
        if (postings.Count == 0) return;
        var ledger = await LedgerStore.StateAsync(work, postings, cancellationToken);
        foreach (var posting in postings) posting.Post(ledger, work.Now);
        LedgerWriter.AppendOnCommit(work, ledger);
    }
}
