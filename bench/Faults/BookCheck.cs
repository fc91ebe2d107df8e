using System.Globalization;

namespace Jiceng.Bench.Faults;

/// <summary>Compares the books: nothing lost, duplicated or half done.</summary>
internal static class BookCheck
{
    private const int Closed = 7;
    private const string CaseClosed = "jiceng.grid.case.closed.v1";
    private const string CaseRated = "jiceng.grid.case.rated.v1";
    private const string Commended = "jiceng.cadre.commendation.recorded.v1";
    private const string Posted = "jiceng.scoring.points.posted.v1";

    public static IReadOnlyList<Difference> Compare(Books books) =>
    [
        .. Refused(books), .. Answers(books), .. Cases(books), .. Steps(books), .. Records(books), .. Events(books), .. DeadMessages(books),
        .. Ledger(books), .. Sums(books), .. Chains(books), .. Ranking(books), .. Counts(books),
    ];

    private static IEnumerable<Difference> Refused(Books books) => books.Refusals.Select(refusal =>
        new Difference("a right call was refused", $"{refusal.Request} {refusal.RequestId}", "an answer", $"{refusal.Status} after {refusal.Attempts}: {refusal.Detail}"));

    private static IEnumerable<Difference> Answers(Books books) => Match(
        "answer", books.Calls, call => call.RequestId, call => call.AnswerHash,
        books.Answers, answer => answer.RequestId, answer => answer.AnswerHash ?? "no answer kept");

    private static IEnumerable<Difference> Cases(Books books) => Match(
        "case", books.ExpectedCases, recorded => recorded.CaseId, recorded => Text(
            recorded.ReporterId, recorded.Urgency, recorded.State, recorded.Version, recorded.OnTheSpot, recorded.ReworkCount, recorded.Rating, string.Join(',', recorded.Handlers)),
        books.Cases, stored => stored.CaseId, stored => Text(
            stored.ReporterId, UrgencyName(stored.Urgency), stored.State, stored.Version, stored.OnTheSpot, stored.ReworkCount, stored.Rating, string.Join(',', stored.Handlers)));

    private static IEnumerable<Difference> Steps(Books books)
    {
        var recorded = books.ExpectedCases.ToDictionary(one => one.CaseId);
        var steps = books.Steps.ToLookup(step => step.CaseId);
        foreach (var stored in books.Cases)
        {
            var own = steps[stored.CaseId].OrderBy(step => step.Number).ToList();
            if (!own.Select(step => step.Number).SequenceEqual(Enumerable.Range(1, (int)stored.Version)))
                yield return new("a case is half done", stored.CaseId, $"steps 1 to {stored.Version}, its version", string.Join(' ', own.Select(step => step.Number)));
            if (own.Count > 0 && own[^1].ToState != stored.State)
                yield return new("a case is half done", stored.CaseId, $"state {own[^1].ToState} of its last step", $"state {stored.State}");
            var verbs = string.Join(' ', own.Select(step => step.Verb));
            if (recorded.TryGetValue(stored.CaseId, out var known) && string.Join(' ', known.Verbs) is var wanted && wanted != verbs)
                yield return new("steps differ", stored.CaseId, wanted, verbs);
        }
    }

    private static IEnumerable<Difference> Records(Books books) => Match(
        "commendation", books.ExpectedCommendations, recorded => recorded.RecordId, recorded => Text(recorded.PersonId, recorded.Level),
        books.Records, stored => stored.RecordId, stored => Text(stored.PersonId, stored.Level));

    private static IEnumerable<Difference> Events(Books books)
    {
        foreach (var waiting in books.Events.Where(one => !one.Published))
            yield return new("an event was not published", $"{waiting.Service} {waiting.EventId}", "published", waiting.Type);
        var closed = books.ExpectedCases.Where(recorded => recorded.State == Closed).Select(recorded => $"{CaseClosed} {recorded.CaseId}");
        var rated = books.ExpectedCases.Where(recorded => recorded.Rating > 0).Select(recorded => $"{CaseRated} {recorded.CaseId}");
        var commended = books.ExpectedCommendations.Select(recorded => $"{Commended} {recorded.RecordId}");
        var found = books.Events.Where(one => one.Type is CaseClosed or CaseRated or Commended).Select(one => $"{one.Type} {one.Subject}");
        foreach (var difference in Match("event", [.. closed, .. rated, .. commended], one => one, _ => "", [.. found], one => one, _ => "")) yield return difference;

        var posted = books.Events.Count(one => one.Type == Posted);
        if (posted != books.Ledger.Count) yield return new("events of points differ", Posted, Text(books.Ledger.Count), Text(posted));
    }

    private static IEnumerable<Difference> DeadMessages(Books books) => Match(
        "dead message", books.Poison, id => id, _ => "scoring", books.DeadMessages, dead => dead.EventId, dead => dead.Service);

    private static IEnumerable<Difference> Ledger(Books books) => Match(
        "ledger entry", Expected(books), entry => $"{entry.SubjectId} {entry.RuleKey} {entry.MatterId}", entry => Number(entry.Points),
        books.Ledger, row => $"{row.SubjectId} {row.RuleKey} {row.MatterId}", row => row.Correction ? "a correction" : Number(row.UncappedPoints));

    private static IEnumerable<Difference> Sums(Books books) => Match(
        "sum of a ledger", [.. Expected(books).GroupBy(entry => entry.SubjectId)], group => group.Key, group => Number(ExpectedPoints.Sum(group)),
        [.. books.Ledger.GroupBy(row => row.SubjectId)], group => group.Key, group => Number(group.Sum(row => row.Points)));

    private static IEnumerable<Difference> Chains(Books books)
    {
        foreach (var broken in books.Breaks) yield return new("a hash chain is broken", broken, "intact", "broken");
        if (books.VerifiedEntries != books.Ledger.Count)
            yield return new("VerifyLedger counted others", "entries", Text(books.Ledger.Count), Text(books.VerifiedEntries));
    }

    private static IEnumerable<Difference> Ranking(Books books)
    {
        const decimal Base = 60;
        var sums = books.Ledger.Where(row => row.Period == books.RankingPeriod).GroupBy(row => row.SubjectId).ToDictionary(group => group.Key, group => group.Sum(row => row.Points));
        var ranked = books.Ranking.Select(row => row.SubjectId).ToHashSet();
        foreach (var row in books.Ranking)
        {
            var expected = Base + sums.GetValueOrDefault(row.SubjectId);
            if (row.Total != expected) yield return new("a ranking is not its ledger", row.SubjectId, Number(expected), Number(row.Total));
        }

        foreach (var missing in sums.Keys.Where(subject => !ranked.Contains(subject)))
            yield return new("a ranking is not its ledger", missing, Number(Base + sums[missing]), "not ranked");
        for (var i = 1; i < books.Ranking.Count; i++)
        {
            if (books.Ranking.ElementAt(i - 1).Total < books.Ranking.ElementAt(i).Total)
                yield return new("a ranking is out of order", books.Ranking.ElementAt(i).SubjectId, "fewer points than the one before", Number(books.Ranking.ElementAt(i).Total));
        }
    }

    private static IEnumerable<Difference> Counts(Books books) => books.WrongCounts.Select(wrong =>
        new Difference("a count of statistics is not its cases", wrong, "what rebuild-statistics counts", "another number"));

    private static List<ExpectedEntry> Expected(Books books) => [.. books.ExpectedCases.SelectMany(ExpectedPoints.Of), .. books.ExpectedCommendations.Select(ExpectedPoints.Of)];

    /// <summary>Reports items that are missing, unexpected, duplicated or different.</summary>
    private static IEnumerable<Difference> Match<TExpected, TFound>(
        string what, IReadOnlyCollection<TExpected> expected, Func<TExpected, string> keyOf, Func<TExpected, string> textOf,
        IReadOnlyCollection<TFound> found, Func<TFound, string> foundKeyOf, Func<TFound, string> foundTextOf)
    {
        var there = found.ToLookup(foundKeyOf, foundTextOf);
        var wanted = expected.ToLookup(keyOf, textOf);
        foreach (var one in wanted)
        {
            if (one.Count() > 1) yield return new($"{what}: recorded twice", one.Key, "once", Text(one.Count()));
            if (!there.Contains(one.Key)) yield return new($"{what}: lost", one.Key, one.First(), "nothing");
            else if (there[one.Key].First() is var text && text != one.First()) yield return new($"{what}: different", one.Key, one.First(), text);
        }

        foreach (var one in there)
        {
            if (one.Count() > 1) yield return new($"{what}: twice", one.Key, "once", Text(one.Count()));
            if (!wanted.Contains(one.Key)) yield return new($"{what}: of nobody", one.Key, "nothing", one.First());
        }
    }

    private static string UrgencyName(short urgency) => urgency switch { 1 => "Normal", 2 => "Urgent", 3 => "Emergency", _ => Text(urgency) };

    private static string Number(decimal value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Text(params object[] values) => string.Join(' ', values.Select(value => Convert.ToString(value, CultureInfo.InvariantCulture)));
}
