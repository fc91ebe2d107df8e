using Jiceng.Domain;
using System.Collections.Immutable;
using System.Text.Json;
using Dapper;
using Jiceng.Persistence;
using Jiceng.Scoring.Points.Domain;
using Jiceng.Scoring.Subjects.Domain;
using Npgsql;

namespace Jiceng.Scoring.Points;

/// <summary>What happened, kept so that it can be scored when its subject becomes known, and explained for ever.</summary>
internal static class FactStore
{
    private const string Columns = "SELECT event_id, type, matter_id, event_time, day, trace_id, label, fields FROM fact";

    /// <summary>Keeps a fact, with the commit; the parts of unknown subjects are marked as waiting.</summary>
    public static void AddOnCommit(UnitOfWork work, Fact fact, IReadOnlySet<SubjectRef> known)
    {
        work.ExecuteOnCommit(
            """
            INSERT INTO fact (event_id, type, matter_id, event_time, day, trace_id, label, fields)
            VALUES (@EventId, @Type, @MatterId, @Time, @Day, @TraceId, @Label, @fields::jsonb)
            """,
            new { fact.EventId, fact.Type, fact.MatterId, fact.Time, fact.Day, fact.TraceId, fact.Label, fields = JsonSerializer.Serialize(fact.Fields) });
        work.ExecuteOnCommit(
            """
            INSERT INTO fact_part (event_id, role, kind, subject_id, pending_since)
            SELECT @EventId, role, kind, subject_id, CASE WHEN pending THEN @Now::timestamptz END
            FROM unnest(@roles::text[], @kinds::text[], @ids::text[], @waiting::bool[]) AS part (role, kind, subject_id, pending)
            ON CONFLICT DO NOTHING
            """,
            new
            {
                fact.EventId,
                roles = fact.Parts.Select(part => part.Role).ToArray(),
                kinds = fact.Parts.Select(part => part.Subject.Kind.Text()).ToArray(),
                ids = fact.Parts.Select(part => part.Subject.Id).ToArray(),
                waiting = fact.Parts.Select(part => !known.Contains(part.Subject)).ToArray(),
                work.Now,
            });
    }

    /// <summary>The facts that a subject, now known, has a part in, with this subject's parts only. None of them waits any more.</summary>
    public static async Task<IReadOnlyList<Fact>> TakeAsync(UnitOfWork work, SubjectRef subject, CancellationToken cancellationToken)
    {
        var values = new { kind = subject.Kind.Text(), id = subject.Id };
        await work.Connection.ExecuteAsync(new CommandDefinition(
            "UPDATE fact_part SET pending_since = NULL WHERE kind = @kind AND subject_id = @id AND pending_since IS NOT NULL",
            values, work.Transaction, cancellationToken: cancellationToken));
        return await QueryAsync(
            work.Connection,
            $"""
            {Columns} WHERE event_id IN (SELECT event_id FROM fact_part WHERE kind = @kind AND subject_id = @id) ORDER BY event_time, event_id;
            SELECT event_id, role, kind, subject_id FROM fact_part WHERE kind = @kind AND subject_id = @id
            """,
            values, cancellationToken);
    }

    /// <summary>All facts of a day and later.</summary>
    public static Task<IReadOnlyList<Fact>> SinceAsync(UnitOfWork work, DateOnly day, CancellationToken cancellationToken) => QueryAsync(
        work.Connection,
        $"""
        {Columns} WHERE day >= @day ORDER BY event_time, event_id;
        SELECT event_id, role, kind, subject_id FROM fact_part JOIN fact USING (event_id) WHERE day >= @day
        """,
        new { day }, cancellationToken);

    public static async Task<Fact?> FindAsync(NpgsqlConnection connection, Guid eventId, CancellationToken cancellationToken) => (await QueryAsync(
        connection,
        $"{Columns} WHERE event_id = @eventId; SELECT event_id, role, kind, subject_id FROM fact_part WHERE event_id = @eventId",
        new { eventId }, cancellationToken)).SingleOrDefault();

    private static async Task<IReadOnlyList<Fact>> QueryAsync(NpgsqlConnection connection, string sql, object values, CancellationToken cancellationToken)
    {
        await using var both = await connection.QueryMultipleAsync(new CommandDefinition(sql, values, cancellationToken: cancellationToken));
        var facts = await both.ReadAsync<FactRow>();
        var parts = (await both.ReadAsync<PartRow>()).ToLookup(
            row => row.EventId, row => new Part(row.Role, new SubjectRef(EnumNames.Parse<SubjectKind>(row.Kind), row.SubjectId)));
        return [.. facts.Select(row => row.ToFact([.. parts[row.EventId]]))];
    }

    private sealed class FactRow
    {
        public Guid EventId { get; init; }

        public string Type { get; init; } = "";

        public string MatterId { get; init; } = "";

        public DateTimeOffset EventTime { get; init; }

        public DateOnly Day { get; init; }

        public string TraceId { get; init; } = "";

        public string Label { get; init; } = "";

        public string Fields { get; init; } = "";

        public Fact ToFact(ImmutableArray<Part> parts) => new()
        {
            EventId = EventId,
            Type = Type,
            MatterId = MatterId,
            Time = EventTime,
            Day = Day,
            TraceId = TraceId,
            Label = Label,
            Fields = JsonSerializer.Deserialize<ImmutableSortedDictionary<string, string>>(Fields)!,
            Parts = parts,
        };
    }

    private sealed class PartRow
    {
        public Guid EventId { get; init; }

        public string Role { get; init; } = "";

        public string Kind { get; init; } = "";

        public string SubjectId { get; init; } = "";
    }
}
