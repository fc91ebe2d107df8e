namespace Jiceng.Bench.Faults;

internal sealed record StoredCase(
    string CaseId, string ReporterId, short Urgency, short State, long Version, bool OnTheSpot, string[] Handlers, int ReworkCount, short Rating);

internal sealed record StoredStep(string CaseId, int Number, string Verb, short ToState);

internal sealed record StoredRecord(string RecordId, string PersonId, string Level);

/// <summary>An answer kept under its request id; without a hash when there is none, which no committed change leaves behind.</summary>
internal sealed record StoredAnswer(string Method, string RequestId, string? AnswerHash);

internal sealed record StoredEvent(string Service, string EventId, string Type, string Subject, bool Published);

internal sealed record DeadMessage(string Service, string EventId, string Type, string Error);

/// <summary>A row of the points ledger.</summary>
internal sealed record LedgerRow(
    string SubjectId, string RuleKey, string MatterId, string EventId, decimal Points, decimal UncappedPoints, string Period, bool Correction);

internal sealed record RankedRow(string SubjectId, decimal Total);

/// <summary>The three books, and what the services say of themselves.</summary>
internal sealed record Books
{
    public IReadOnlyCollection<ToldCall> Calls { get; init; } = [];

    public IReadOnlyCollection<ToldCase> ToldCases { get; init; } = [];

    public IReadOnlyCollection<ToldRecord> ToldRecords { get; init; } = [];

    public IReadOnlyCollection<Refusal> Refusals { get; init; } = [];

    /// <summary>Ids of the messages that nobody can handle.</summary>
    public IReadOnlyCollection<string> Poison { get; init; } = [];

    public IReadOnlyCollection<StoredCase> Cases { get; init; } = [];

    public IReadOnlyCollection<StoredStep> Steps { get; init; } = [];

    public IReadOnlyCollection<StoredRecord> Records { get; init; } = [];

    public IReadOnlyCollection<StoredAnswer> Answers { get; init; } = [];

    public IReadOnlyCollection<StoredEvent> Events { get; init; } = [];

    public IReadOnlyCollection<DeadMessage> DeadMessages { get; init; } = [];

    public IReadOnlyCollection<LedgerRow> Ledger { get; init; } = [];

    /// <summary>What VerifyLedger counted, and the breaks that it found.</summary>
    public long VerifiedEntries { get; init; }

    public IReadOnlyCollection<string> Breaks { get; init; } = [];

    /// <summary>Counts of statistics that are not what the cases say.</summary>
    public IReadOnlyCollection<string> WrongCounts { get; init; } = [];

    /// <summary>The ranking of the current period, as Redis has it.</summary>
    public IReadOnlyCollection<RankedRow> Ranking { get; init; } = [];

    public string RankingPeriod { get; init; } = "";
}

/// <summary>Two books that do not say the same.</summary>
/// <param name="Kind">What is wrong, in a few words.</param>
/// <param name="Subject">With which case, call, event, ….</param>
/// <param name="Expected">What should be there.</param>
/// <param name="Found">What is there.</param>
internal sealed record Difference(string Kind, string Subject, string Expected, string Found);
