using Dapper;
using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Scoring.Points.Domain;
using Jiceng.Scoring.Subjects;
using Jiceng.Scoring.Subjects.Domain;
using Npgsql;

namespace Jiceng.Scoring.Points;

/// <summary>The points ledger: append-only, one hash chain for each subject.</summary>
internal static class LedgerStore
{
    public const string ResourceSql = $"{SubjectStore.PlaceAndOwner} FROM ledger_entry WHERE id = @id";

    private const string Columns =
        """
        SELECT id, kind, subject_id, sequence, scheme_id, scheme_version, rule_key, role, group_name, points, uncapped_points, period, reason,
            event_id, event_type, event_time, matter_id, once_key, trace_id, place_code, post_time, corrects_id, corrector_id,
            previous_hash, hash
        FROM ledger_entry
        """;

    /// <summary>What new entries of the postings depend on, in one round trip. Their subjects are locked.</summary>
    public static async Task<LedgerState> StateAsync(UnitOfWork work, IReadOnlyCollection<Posting> postings, CancellationToken cancellationToken)
    {
        var capped = postings.Where(posting => posting.IsCapped).ToList();
        await using var found = await work.Connection.QueryMultipleAsync(new CommandDefinition(
            // LATERAL looks each one up by its index; a join would read the whole ledger once a plan was made while it was small.
            """
            SELECT award.* FROM unnest(@schemes, @rules, @kinds, @ids, @onceKeys) AS award (scheme_id, rule_key, kind, subject_id, once_key)
            CROSS JOIN LATERAL (
                SELECT 1 FROM ledger_entry e
                WHERE e.scheme_id = award.scheme_id AND e.rule_key = award.rule_key AND e.kind = award.kind AND e.subject_id = award.subject_id
                  AND e.once_key = award.once_key AND e.corrects_id IS NULL
                LIMIT 1) AS given;
            SELECT scored.*, given.* FROM (SELECT DISTINCT * FROM unnest(@cappedSchemes, @cappedPeriods, @cappedKinds, @cappedIds)) AS scored (scheme_id, period, kind, subject_id)
            CROSS JOIN LATERAL (
                SELECT e.rule_key, sum(e.points) AS points FROM ledger_entry e
                WHERE e.scheme_id = scored.scheme_id AND e.period = scored.period AND e.kind = scored.kind AND e.subject_id = scored.subject_id
                GROUP BY e.rule_key) AS given;
            SELECT kind, subject_id, sequence, hash FROM ledger_head
            WHERE (kind, subject_id) IN (SELECT * FROM unnest(@kinds, @ids))
            """,
            new
            {
                schemes = postings.Select(posting => posting.Key.SchemeId).ToArray(),
                rules = postings.Select(posting => posting.Key.RuleKey).ToArray(),
                kinds = postings.Select(posting => posting.Key.Subject.Kind.Text()).ToArray(),
                ids = postings.Select(posting => posting.Key.Subject.Id).ToArray(),
                onceKeys = postings.Select(posting => posting.Key.OnceKey).ToArray(),
                cappedSchemes = capped.Select(posting => posting.Key.SchemeId).ToArray(),
                cappedPeriods = capped.Select(posting => posting.Period).ToArray(),
                cappedKinds = capped.Select(posting => posting.Key.Subject.Kind.Text()).ToArray(),
                cappedIds = capped.Select(posting => posting.Key.Subject.Id).ToArray(),
            },
            work.Transaction, cancellationToken: cancellationToken));
        var state = new LedgerState();
        foreach (var row in await found.ReadAsync<AwardRow>()) state.Given.Add(new AwardKey(row.SchemeId, row.RuleKey, row.Ref, row.OnceKey));
        foreach (var row in await found.ReadAsync<AwardRow>()) state.Sums.Add(new RuleSum(row.SchemeId, row.Period, row.Ref, row.RuleKey), row.Points);
        foreach (var row in await found.ReadAsync<HeadRow>()) state.Heads.Add(row.Ref, (row.Sequence, row.Hash));
        return state;
    }

    /// <summary>The end of a chain, for an entry that nothing but the chain decides. The subject is locked.</summary>
    public static async Task<LedgerState> StateAsync(UnitOfWork work, SubjectRef subject, CancellationToken cancellationToken)
    {
        var state = new LedgerState();
        var head = await work.Connection.QuerySingleAsync<HeadRow>(new CommandDefinition(
            "SELECT kind, subject_id, sequence, hash FROM ledger_head WHERE kind = @kind AND subject_id = @id",
            new { kind = subject.Kind.Text(), id = subject.Id }, work.Transaction, cancellationToken: cancellationToken));
        state.Heads[subject] = (head.Sequence, head.Hash);
        return state;
    }

    /// <summary>Writes the entries that were made from a state, with the commit.</summary>
    public static void AppendOnCommit(UnitOfWork work, LedgerState ledger)
    {
        foreach (var entry in ledger.Made)
        {
            work.ExecuteOnCommit(
                """
                INSERT INTO ledger_entry (id, kind, subject_id, sequence, scheme_id, scheme_version, rule_key, role, group_name, points,
                    uncapped_points, period, reason, event_id, event_type, event_time, matter_id, once_key, trace_id, place_code, post_time,
                    corrects_id, corrector_id, previous_hash, hash)
                VALUES (@Id, @Kind, @SubjectId, @Sequence, @SchemeId, @SchemeVersion, @RuleKey, @Role, @Group, @Points,
                    @UncappedPoints, @Period, @Reason, @EventId, @EventType, @EventTime, @MatterId, @OnceKey, @TraceId, @Place, @PostTime,
                    @CorrectsId, @CorrectorId, @PreviousHash, @Hash)
                """,
                new
                {
                    entry.Id,
                    entry.Subject.Kind,
                    SubjectId = entry.Subject.Id,
                    entry.Sequence,
                    entry.SchemeId,
                    entry.SchemeVersion,
                    entry.RuleKey,
                    entry.Role,
                    entry.Group,
                    entry.Points,
                    entry.UncappedPoints,
                    entry.Period,
                    entry.Reason,
                    entry.EventId,
                    entry.EventType,
                    entry.EventTime,
                    entry.MatterId,
                    entry.OnceKey,
                    entry.TraceId,
                    entry.Place,
                    entry.PostTime,
                    entry.CorrectsId,
                    entry.CorrectorId,
                    entry.PreviousHash,
                    entry.Hash,
                });
        }

        foreach (var last in ledger.Made.GroupBy(entry => entry.Subject).Select(chain => chain.Last()))
        {
            work.ExecuteOnCommit(
                """
                INSERT INTO ledger_head (kind, subject_id, sequence, hash) VALUES (@Kind, @Id, @Sequence, @Hash)
                ON CONFLICT (kind, subject_id) DO UPDATE SET sequence = @Sequence, hash = @Hash
                """,
                new { last.Subject.Kind, last.Subject.Id, last.Sequence, last.Hash });
        }
    }

    public static async Task<Entry?> FindAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        (await connection.QuerySingleOrDefaultAsync<EntryRow>(new CommandDefinition(
            $"{Columns} WHERE id = @id", new { id }, cancellationToken: cancellationToken)))?.ToEntry();

    /// <summary>The entry that reverses the given one, if there is one.</summary>
    public static Task<Guid?> CorrectionAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        connection.QuerySingleOrDefaultAsync<Guid?>(new CommandDefinition(
            "SELECT id FROM ledger_entry WHERE corrects_id = @id", new { id }, cancellationToken: cancellationToken));

    /// <summary>Entries of a subject, newest first, below a sequence.</summary>
    public static async Task<IReadOnlyList<Entry>> ListAsync(
        NpgsqlConnection connection, SubjectRef subject, Guid? schemeId, string? period, long? below, int limit, CancellationToken cancellationToken)
    {
        var rows = await connection.QueryAsync<EntryRow>(new CommandDefinition(
            $"""
            {Columns} WHERE kind = @kind AND subject_id = @id AND (@schemeId::uuid IS NULL OR scheme_id = @schemeId)
              AND (@period::text IS NULL OR period = @period) AND (@below::bigint IS NULL OR sequence < @below)
            ORDER BY sequence DESC LIMIT @limit
            """,
            new { kind = subject.Kind.Text(), id = subject.Id, schemeId, period, below, limit }, cancellationToken: cancellationToken));
        return [.. rows.Select(row => row.ToEntry())];
    }

    /// <summary>Sum and number of a subject's entries.</summary>
    public static Task<(decimal Points, int Count)> SumAsync(
        NpgsqlConnection connection, SubjectRef subject, Guid schemeId, string period, CancellationToken cancellationToken) =>
        connection.QuerySingleAsync<(decimal, int)>(new CommandDefinition(
            """
            SELECT COALESCE(sum(points), 0), count(*)::int FROM ledger_entry
            WHERE scheme_id = @schemeId AND period = @period AND kind = @kind AND subject_id = @id
            """,
            new { kind = subject.Kind.Text(), id = subject.Id, schemeId, period }, cancellationToken: cancellationToken));

    /// <summary>
    /// Computes every chain of the subjects in the places again. Reads one snapshot, row by row: the ledger may be long and may grow meanwhile.
    /// </summary>
    /// <returns>Number of subjects and entries, and the first break of each broken chain.</returns>
    public static async Task<(long Subjects, long Entries, IReadOnlyList<ChainBreak> Breaks)> VerifyAsync(
        NpgsqlConnection connection, IReadOnlyCollection<PlaceCode> places, string? subjectId, CancellationToken cancellationToken)
    {
        // A subject that was ever scored in the places is verified whole: a chain cannot be checked in parts.
        const string Scoped =
            """
            WITH place AS (SELECT * FROM unnest(@lows, @highs) AS place (low, high)),
            scoped AS (
                SELECT kind, subject_id FROM ledger_entry JOIN place ON place_code >= low AND place_code < high
                WHERE @id::text IS NULL OR subject_id = @id
                UNION
                SELECT kind, id FROM subject JOIN place ON place_code >= low AND place_code < high WHERE @id::text IS NULL OR id = @id)
            """;
        var values = new { id = subjectId, lows = places.Lows(), highs = places.Highs() };
        await using var snapshot = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        var heads = (await connection.QueryAsync<HeadRow>(new CommandDefinition(
            $"{Scoped} SELECT kind, subject_id, sequence, hash FROM ledger_head JOIN scoped USING (kind, subject_id)", values, snapshot, cancellationToken: cancellationToken)))
            .ToDictionary(head => head.Ref);
        var breaks = new List<ChainBreak>();
        var count = 0L;
        var seen = new HashSet<SubjectRef>();
        ChainCheck? chain = null;
        await foreach (var row in connection.QueryUnbufferedAsync<EntryRow>(
            $"{Scoped} {Columns} JOIN scoped USING (kind, subject_id) ORDER BY kind, subject_id, sequence", values, snapshot).WithCancellation(cancellationToken))
        {
            var entry = row.ToEntry();
            if (chain?.Subject != entry.Subject)
            {
                Close(chain);
                chain = new ChainCheck(entry.Subject);
                seen.Add(entry.Subject);
            }

            chain.Next(entry);
            count++;
        }

        Close(chain);
        foreach (var head in heads.Values.Where(head => !seen.Contains(head.Ref))) Close(new ChainCheck(head.Ref));
        return (heads.Keys.Union(seen).Count(), count, breaks);

        void Close(ChainCheck? ended)
        {
            if (ended is null) return;
            var head = heads.GetValueOrDefault(ended.Subject);
            if (ended.End(head?.Sequence ?? 0, head?.Hash ?? EntryHash.Genesis) is { } found) breaks.Add(found);
        }
    }

    private sealed class AwardRow
    {
        public Guid SchemeId { get; init; }

        public string RuleKey { get; init; } = "";

        public string Kind { get; init; } = "";

        public string SubjectId { get; init; } = "";

        public string OnceKey { get; init; } = "";

        public string Period { get; init; } = "";

        public decimal Points { get; init; }

        public SubjectRef Ref => new(EnumNames.Parse<SubjectKind>(Kind), SubjectId);
    }

    private sealed class HeadRow
    {
        public string Kind { get; init; } = "";

        public string SubjectId { get; init; } = "";

        public long Sequence { get; init; }

        public string Hash { get; init; } = "";

        public SubjectRef Ref => new(EnumNames.Parse<SubjectKind>(Kind), SubjectId);
    }
}
