using Dapper;
using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Scoring.Subjects;
using Npgsql;

namespace Jiceng.Scoring.Points;

/// <summary>The points ledger: append-only, one hash chain for each subject.</summary>
internal static class LedgerStore
{
    private const string Columns =
        """
        SELECT id, kind, subject_id, sequence, scheme_id, scheme_version, rule_key, role, group_name, points, uncapped_points, period, reason,
            event_id, event_type, event_time, matter_id, once_key, trace_id, place_code, post_time, corrects_id, corrector_id,
            previous_hash, hash
        FROM ledger_entry
        """;

    /// <summary>Puts an entry at the end of its subject's chain. The subject is locked.</summary>
    /// <returns>The entry with its sequence and hashes.</returns>
    public static async Task<Entry> AppendAsync(Work work, Entry entry, CancellationToken cancellationToken)
    {
        var key = new { kind = entry.Subject.Kind.Text(), id = entry.Subject.Id };
        var head = await work.Connection.QuerySingleOrDefaultAsync<(long Sequence, string Hash)?>(new CommandDefinition(
            "SELECT sequence, hash FROM ledger_head WHERE kind = @kind AND subject_id = @id", key, work.Transaction, cancellationToken: cancellationToken));
        var (sequence, hash) = head ?? (0, EntryHash.Genesis);
        var chained = entry.Chained(sequence + 1, hash);
        await work.Connection.ExecuteAsync(new CommandDefinition(
            """
            INSERT INTO ledger_entry (id, kind, subject_id, sequence, scheme_id, scheme_version, rule_key, role, group_name, points,
                uncapped_points, period, reason, event_id, event_type, event_time, matter_id, once_key, trace_id, place_code, post_time,
                corrects_id, corrector_id, previous_hash, hash)
            VALUES (@Id, @Kind, @SubjectId, @Sequence, @SchemeId, @SchemeVersion, @RuleKey, @Role, @GroupName, @Points,
                @UncappedPoints, @Period, @Reason, @EventId, @EventType, @EventTime, @MatterId, @OnceKey, @TraceId, @PlaceCode, @PostTime,
                @CorrectsId, @CorrectorId, @PreviousHash, @Hash);
            INSERT INTO ledger_head (kind, subject_id, sequence, hash) VALUES (@Kind, @SubjectId, @Sequence, @Hash)
            ON CONFLICT (kind, subject_id) DO UPDATE SET sequence = @Sequence, hash = @Hash
            """,
            EntryRow.Of(chained), work.Transaction, cancellationToken: cancellationToken));
        return chained;
    }

    /// <summary>Whether the award was given before, and what its rule, and the rules under its shared cap, gave in the period.</summary>
    public static Task<(bool Known, decimal OfRule, decimal OfCap)> GivenAsync(
        Work work, SubjectRef subject, Guid schemeId, string ruleKey, string onceKey, string period, IEnumerable<string> capKeys,
        CancellationToken cancellationToken) =>
        work.Connection.QuerySingleAsync<(bool, decimal, decimal)>(new CommandDefinition(
            """
            SELECT EXISTS (SELECT 1 FROM ledger_entry WHERE scheme_id = @schemeId AND rule_key = @ruleKey AND kind = @kind
                    AND subject_id = @id AND once_key = @onceKey AND corrects_id IS NULL),
                COALESCE(sum(points) FILTER (WHERE rule_key = @ruleKey), 0),
                COALESCE(sum(points) FILTER (WHERE rule_key = ANY (@capKeys)), 0)
            FROM ledger_entry WHERE scheme_id = @schemeId AND period = @period AND kind = @kind AND subject_id = @id
            """,
            new { kind = subject.Kind.Text(), id = subject.Id, schemeId, ruleKey, onceKey, period, capKeys = capKeys.ToArray() },
            work.Transaction, cancellationToken: cancellationToken));

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

    private sealed class HeadRow
    {
        public string Kind { get; init; } = "";

        public string SubjectId { get; init; } = "";

        public long Sequence { get; init; }

        public string Hash { get; init; } = "";

        public SubjectRef Ref => new(SubjectKinds.Parse(Kind), SubjectId);
    }
}
