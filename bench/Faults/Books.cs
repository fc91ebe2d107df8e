namespace Jiceng.Bench.Faults;

internal sealed record StoredCase(
    string CaseId, string ReporterId, short Urgency, short State, long Version, bool OnTheSpot, string[] Handlers, int ReworkCount, short Rating);

internal sealed record StoredStep(string CaseId, int Number, string Verb, short ToState);

internal sealed record StoredRecord(string RecordId, string PersonId, string Level);

/// <summary>An answer stored under its request id. A null hash means no answer, which a committed change never leaves behind.</summary>
internal sealed record StoredAnswer(string Method, string RequestId, string? AnswerHash);

internal sealed record StoredEvent(string Service, string EventId, string Type, string Subject, bool Published);

internal sealed record DeadMessage(string Service, string EventId, string Type, string Error);

/// <summary>A row of the points ledger.</summary>
internal sealed record LedgerRow(
    string SubjectId, string RuleKey, string MatterId, string EventId, decimal Points, decimal UncappedPoints, string Period, bool Correction);

internal sealed record RankedRow(string SubjectId, decimal Total);

/// <summary>The three books, and what the services report about themselves.</summary>
internal sealed record Books
{
    public IReadOnlyCollection<RecordedCall> Calls { get; init; } = [];

    public IReadOnlyCollection<RecordedCase> ExpectedCases { get; init; } = [];

    public IReadOnlyCollection<RecordedCommendation> ExpectedCommendations { get; init; } = [];

    public IReadOnlyCollection<Refusal> Refusals { get; init; } = [];

    /// <summary>Ids of the messages that no service can handle.</summary>
    public IReadOnlyCollection<string> Poison { get; init; } = [];

    public IReadOnlyCollection<StoredCase> Cases { get; init; } = [];

    public IReadOnlyCollection<StoredStep> Steps { get; init; } = [];

    public IReadOnlyCollection<StoredRecord> Records { get; init; } = [];

    public IReadOnlyCollection<StoredAnswer> Answers { get; init; } = [];

    public IReadOnlyCollection<StoredEvent> Events { get; init; } = [];

    public IReadOnlyCollection<DeadMessage> DeadMessages { get; init; } = [];

    public IReadOnlyCollection<LedgerRow> Ledger { get; init; } = [];

    /// <summary>Number of entries that VerifyLedger counted.</summary>
    public long VerifiedEntries { get; init; }

    public IReadOnlyCollection<string> Breaks { get; init; } = [];

    /// <summary>Statistics that differ from the cases.</summary>
    public IReadOnlyCollection<string> WrongCounts { get; init; } = [];

    /// <summary>The ranking of the current period in Redis.</summary>
    public IReadOnlyCollection<RankedRow> Ranking { get; init; } = [];

    public string RankingPeriod { get; init; } = "";
}

/// <summary>A difference between two books.</summary>
/// <param name="Kind">Kind of difference.</param>
/// <param name="Subject">The affected case, call, event, ….</param>
/// <param name="Expected">Expected value.</param>
/// <param name="Found">Actual value.</param>
internal sealed record Difference(string Kind, string Subject, string Expected, string Found);
