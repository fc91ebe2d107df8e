using Google.Protobuf.WellKnownTypes;
using Jiceng.Domain;
using Jiceng.Messaging;
using Jiceng.Persistence;
using Jiceng.Scoring.Events.V1;
using Jiceng.Scoring.Ranking;
using Jiceng.Scoring.Schemes;
using Jiceng.Scoring.Subjects;

namespace Jiceng.Scoring.Points;

/// <summary>
/// Turns facts into entries of the ledger, in the transaction of what made them known. The order in which facts, subjects and
/// groups arrive makes no difference: whatever comes last brings the points.
/// </summary>
internal static class PointsEvents
{
    private const string Topic = "jiceng.scoring.points.v1";
    private const string Posted = "jiceng.scoring.points.posted.v1";

    /// <summary>Keeps a new fact and gives the points it is worth to everyone in it who is known.</summary>
    public static async Task AddAsync(Work work, Fact fact, CancellationToken cancellationToken)
    {
        var involved = fact.Parts.Select(part => part.Subject).Distinct().ToList();
        await SchemeStore.LockPublicationAsync(work, shared: true, cancellationToken);
        await SubjectStore.LockAsync(work, involved, cancellationToken);
        var known = await SubjectStore.FindAsync(work.Connection, involved, cancellationToken);
        await FactStore.AddAsync(work, fact, known.Keys.ToHashSet(), cancellationToken);
        await PostAsync(work, [fact], await SchemeStore.PublishedAsync(work.Connection, cancellationToken), known, cancellationToken);
    }

    /// <summary>Looks again at all that a subject had a part in, after it became known or its groups changed. The subject is locked.</summary>
    public static async Task ReexamineAsync(Work work, Subject subject, CancellationToken cancellationToken)
    {
        var had = await FactStore.TakeAsync(work, subject.Ref, cancellationToken);
        if (had.Count == 0) return;
        var known = new Dictionary<SubjectRef, Subject> { [subject.Ref] = subject };
        await PostAsync(work, had, await SchemeStore.PublishedAsync(work.Connection, cancellationToken), known, cancellationToken);
    }

    /// <summary>Scores what happened since the effective date of a scheme's first version. Publication is locked.</summary>
    public static async Task ExamineAsync(Work work, Scheme scheme, CancellationToken cancellationToken)
    {
        var since = await FactStore.SinceAsync(work, scheme.EffectiveDate!.Value, cancellationToken);
        var involved = since.SelectMany(fact => fact.Parts).Select(part => part.Subject).Where(subject => subject.Kind == scheme.SubjectKind).Distinct().ToList();
        if (involved.Count == 0) return;
        await SubjectStore.LockAsync(work, involved, cancellationToken);
        await PostAsync(work, since, [scheme], await SubjectStore.FindAsync(work.Connection, involved, cancellationToken), cancellationToken);
    }

    /// <summary>Writes the reversal of an entry. The subject is locked.</summary>
    public static async Task<Entry> ReverseAsync(Work work, Entry entry, string reason, string traceId, CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7(work.Now);
        var reversal = await LedgerStore.AppendAsync(
            work,
            entry with
            {
                Id = id,
                Points = -entry.Points,
                UncappedPoints = -entry.Points,
                Reason = $"冲正：{reason}",
                TraceId = traceId,
                PostTime = work.Now,
                CorrectsId = entry.Id,
                CorrectorId = work.CallerId,
            },
            cancellationToken);
        Publish(work, reversal);
        RankingStore.Touch(work, [RankingStore.Topic(entry.SchemeId, entry.Period)]);
        return reversal;
    }

    private static async Task PostAsync(
        Work work, IReadOnlyList<Fact> happened, IReadOnlyList<Scheme> published, IReadOnlyDictionary<SubjectRef, Subject> known,
        CancellationToken cancellationToken)
    {
        var topics = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var fact in happened)
        {
            foreach (var award in RuleEvaluation.Awards(fact, Scheme.InForce(published, fact.Day)))
            {
                if (!known.TryGetValue(award.Subject, out var subject)) continue;
                if (award.Scheme.Scores(subject.Memberships, fact.Day) is not { } scored) continue;
                if (await PostAsync(work, fact, award, scored, cancellationToken) is { } entry)
                    topics.Add(RankingStore.Topic(entry.SchemeId, entry.Period));
            }
        }

        RankingStore.Touch(work, topics);
    }

    private static async Task<Entry?> PostAsync(Work work, Fact fact, Award award, Membership scored, CancellationToken cancellationToken)
    {
        var (scheme, rule) = (award.Scheme, award.Rule);
        var period = Period.Of(fact.Day, scheme.PeriodKind).ToString();
        var cap = scheme.Terms.Caps.FirstOrDefault(cap => cap.RuleKeys.Contains(rule.Key));
        var given = await LedgerStore.GivenAsync(
            work, award.Subject, scheme.Id, rule.Key, award.OnceKey(fact), period, cap?.RuleKeys.AsEnumerable() ?? [], cancellationToken);
        if (given.Known) return null;
        var points = CapRoom.Clip(
            award.Points,
            new CapRoom(rule.CapPoints ?? decimal.MaxValue, rule.CapPoints is null ? 0 : given.OfRule),
            new CapRoom(cap?.Points ?? decimal.MaxValue, cap is null ? 0 : given.OfCap));
        var capped = points == award.Points ? "" : "（已达上限）";
        var entry = await LedgerStore.AppendAsync(
            work,
            new Entry(
                Guid.CreateVersion7(work.Now), award.Subject, 0, scheme.Id, scheme.Version, rule.Key, rule.Role, scored.Group, points,
                award.Points, period, $"{rule.Title}：{fact.Label}{capped}", fact.EventId, fact.Type, fact.Time, fact.MatterId,
                award.OnceKey(fact), fact.TraceId, scored.Place, work.Now, null, "", "", ""),
            cancellationToken);
        Publish(work, entry);
        return entry;
    }

    private static void Publish(Work work, Entry entry) => work.Publish(
        Topic, Posted, entry.Subject.Id, entry.Place, entry.Sequence,
        new PointsPosted
        {
            EntryId = entry.Id.ToString(),
            SubjectKind = entry.Subject.Kind.Text(),
            SubjectId = entry.Subject.Id,
            PlaceCode = entry.Place.Value,
            Points = PointsText.Format(entry.Points),
            SchemeId = entry.SchemeId.ToString(),
            Period = entry.Period,
            PostTime = entry.PostTime.ToTimestamp(),
            Sequence = entry.Sequence,
        });
}
