using Jiceng.Scoring.Schemes.Domain;
using Jiceng.Scoring.Subjects.Domain;

namespace Jiceng.Scoring.Points.Domain;

/// <summary>An award to a subject that is known, scored as a member of a group, before it is known whether it was given.</summary>
internal sealed record Posting(Fact Fact, Award Award, Membership Scored)
{
    public AwardKey Key { get; } = new(Award.Scheme.Id, Award.Rule.Key, Award.Subject, Award.OnceKey(Fact));

    public string Period { get; } = Domain.Period.Of(Fact.Day, Award.Scheme.PeriodKind).ToString();

    /// <summary>Whether what was given before limits it.</summary>
    public bool IsCapped => Award.Rule.CapPoints is not null || SharedCap is not null;

    private Cap? SharedCap => Award.Scheme.Terms.Caps.FirstOrDefault(cap => cap.RuleKeys.Contains(Award.Rule.Key));

    /// <summary>The postings of what happened, in the order given, for the subjects that are known.</summary>
    public static IEnumerable<Posting> Of(
        IEnumerable<Fact> happened, EventCatalog catalog, IReadOnlyList<Scheme> published, IReadOnlyDictionary<SubjectRef, Subject> known) =>
        from fact in happened
        from award in RuleEvaluation.Awards(fact, catalog, Scheme.InForce(published, fact.Day))
        where known.ContainsKey(award.Subject)
        let scored = award.Scheme.Scores(known[award.Subject].Memberships, fact.Day)
        where scored is not null
        select new Posting(fact, award, scored);

    /// <summary>Makes the entry, unless the award was given before.</summary>
    public void Post(LedgerState ledger, DateTimeOffset now)
    {
        if (ledger.Given.Contains(Key)) return;
        var (scheme, rule, shared) = (Award.Scheme, Award.Rule, SharedCap);
        var points = CapRoom.Clip(
            Award.Points,
            new CapRoom(rule.CapPoints ?? decimal.MaxValue, rule.CapPoints is null ? 0 : ledger.Sum(scheme.Id, Period, Award.Subject, [rule.Key])),
            new CapRoom(shared?.Points ?? decimal.MaxValue, shared is null ? 0 : ledger.Sum(scheme.Id, Period, Award.Subject, shared.RuleKeys)));
        var capped = points == Award.Points ? "" : "（已达上限）";
        ledger.Append(new Entry
        {
            Id = Guid.CreateVersion7(now),
            Subject = Award.Subject,
            Sequence = 0,
            SchemeId = scheme.Id,
            SchemeVersion = scheme.Version,
            RuleKey = rule.Key,
            Role = rule.Role,
            Group = Scored.Group,
            Points = points,
            UncappedPoints = Award.Points,
            Period = Period,
            Reason = $"{rule.Title}：{Fact.Label}{capped}",
            EventId = Fact.EventId,
            EventType = Fact.Type,
            EventTime = Fact.Time,
            MatterId = Fact.MatterId,
            OnceKey = Key.OnceKey,
            TraceId = Fact.TraceId,
            Place = Scored.Place,
            PostTime = now,
        });
    }
}
