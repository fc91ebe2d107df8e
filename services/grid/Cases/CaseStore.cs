using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json;
using Dapper;
using Jiceng.Domain;
using Jiceng.Grid.Cases.Domain;
using Jiceng.Persistence;
using Npgsql;

namespace Jiceng.Grid.Cases;

/// <summary>What to list.</summary>
internal sealed record CaseFilter(
    ImmutableArray<PlaceCode> Within, int[] States, string Category, Guid? HandlerId, bool OverdueOnly, DateTimeOffset Now);

/// <summary>Cases in PostgreSQL.</summary>
internal static class CaseStore
{
    /// <summary>Announced by a transaction that changes a case.</summary>
    public const string Changed = "case changed";

    /// <summary>A case belongs to the node where it was found; its handlers and its reporter own it.</summary>
    public const string ResourceSql = "SELECT node_code AS place_code, handler_ids::text[] || reporter_id AS owner_ids FROM grid_case WHERE case_id = @id";

    /// <summary>The node that owns the case, which may not be where it was found.</summary>
    public const string OwnerSql = "SELECT owner_code AS place_code FROM grid_case WHERE case_id = @id";

    private const string Columns =
        """
        c.case_id AS id, c.node_code AS node, c.owner_code AS owner, c.category, c.urgency, c.state, c.description, c.reporter_id, c.attachments::text AS attachments, c.parts::text AS parts,
        c.on_the_spot, c.rework_count, c.close_count, c.rating, c.report_time, c.accept_due, c.accept_time, c.handle_due, c.handle_time,
        c.verify_due, c.verify_time, c.close_time, c.suspend_time, c.void_time, c.rate_time, c.accept_overdue_raised,
        c.handle_overdue_raised, c.update_time, c.version
        """;

    static CaseStore()
    {
        SqlMapper.AddTypeHandler(new JsonHandler<ImmutableArray<Attachment>>());
        SqlMapper.AddTypeHandler(new JsonHandler<ImmutableArray<CasePart>>());
    }

    private static readonly string OverdueNow =
        $"""
        (coalesce(c.accept_time, CASE WHEN c.state {CaseStateSql.Reported} THEN @now ELSE c.accept_due END) > c.accept_due
         OR (c.state {CaseStateSql.WithDeadline} AND coalesce(c.handle_time, @now) > c.handle_due))
        """;

    private static readonly string OverdueUnmarked =
        $"""
        c.state {CaseStateSql.Reported} AND NOT c.accept_overdue_raised AND c.accept_due < @now
        OR c.state {CaseStateSql.ToHandle} AND NOT c.handle_overdue_raised AND c.handle_due < @now
        """;

    public static async Task<Case?> FindAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        await connection.RowOrNoneAsync<Case>($"SELECT {Columns} FROM grid_case c WHERE c.case_id = @id", new { id }, cancellationToken);

    /// <summary>The case, locked until the transaction ends. It exists: the access check found its place.</summary>
    public static async Task<Case> LockAsync(UnitOfWork work, Guid id, CancellationToken cancellationToken) =>
        await work.Connection.RowAsync<Case>($"SELECT {Columns} FROM grid_case c WHERE c.case_id = @id FOR UPDATE", new { id }, cancellationToken);

    /// <summary>Ids of cases that passed a deadline that was not marked.</summary>
    public static async Task<IReadOnlyList<Guid>> ListOverdueIdsAsync(
        NpgsqlConnection connection, DateTimeOffset now, IReadOnlyCollection<Guid> except, int count, CancellationToken cancellationToken) =>
        await connection.RowsAsync<Guid>(
            $"SELECT c.case_id FROM grid_case c WHERE ({OverdueUnmarked}) AND c.case_id <> ALL(@except) LIMIT @count",
            new { now, except = except.ToArray(), count }, cancellationToken);

    /// <summary>The case, locked until the transaction ends; null when its deadline was marked meanwhile or another transaction holds it.</summary>
    public static Task<Case?> LockOverdueAsync(UnitOfWork work, Guid id, CancellationToken cancellationToken) =>
        work.Connection.RowOrNoneAsync<Case>(
            $"SELECT {Columns} FROM grid_case c WHERE c.case_id = @id AND ({OverdueUnmarked}) FOR UPDATE SKIP LOCKED",
            new { id, now = work.Now }, cancellationToken);

    /// <summary>Cases that match, newest first, after an id.</summary>
    public static async Task<IReadOnlyList<Case>> ListAsync(NpgsqlConnection connection, CaseFilter filter, Guid? after, int count, CancellationToken cancellationToken)
    {
        if (filter.Within.IsEmpty)
            return [];
        var values = new DynamicParameters(new
        {
            after,
            states = filter.States,
            category = filter.Category,
            handlerId = filter.HandlerId,
            overdueOnly = filter.OverdueOnly,
            now = filter.Now,
            count,
        });
        // Bounds one by one and not as a list to join: so PostgreSQL knows how many cases lie between them, and goes through the index of the
        // places where there are few, through the newest cases where there are many.
        var ranges = new List<string>();
        foreach (var place in filter.Within)
        {
            values.Add($"low{ranges.Count}", place.Value);
            values.Add($"high{ranges.Count}", place.Upper);
            ranges.Add($"c.node_code >= @low{ranges.Count} AND c.node_code < @high{ranges.Count}");
        }

        return await connection.RowsAsync<Case>(
            $"""
            SELECT {Columns} FROM grid_case c
            WHERE ({string.Join(" OR ", ranges)})
              AND (@after IS NULL OR c.case_id < @after)
              AND (cardinality(@states) = 0 OR c.state = ANY(@states))
              AND (@category = '' OR c.category = @category OR starts_with(c.category, @category || '.'))
              AND (@handlerId IS NULL OR c.handler_ids @> ARRAY[@handlerId])
              AND (NOT @overdueOnly OR {OverdueNow})
            ORDER BY c.case_id DESC LIMIT @count
            """,
            values, cancellationToken);
    }

    /// <summary>The steps made since a time, of all cases.</summary>
    public static async Task<IReadOnlyList<(Guid CaseId, int Number, PlaceCode Node)>> ListStepsSinceAsync(NpgsqlConnection connection, DateTimeOffset since, CancellationToken cancellationToken) =>
        [.. (await connection.QueryAsync<(Guid CaseId, int Number, string Node)>(new CommandDefinition(
            """
            SELECT s.case_id, s.number, c.node_code FROM case_step s JOIN grid_case c USING (case_id)
            WHERE s.step_time >= @since ORDER BY s.step_time
            """,
            new { since }, cancellationToken: cancellationToken))).Select(row => (row.CaseId, row.Number, PlaceCode.Parse(row.Node)))];

    public static async Task<IReadOnlyList<CaseStep>> ListStepsAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        await connection.RowsAsync<CaseStep>(
            """
            SELECT number, verb, actor_id, from_state AS "from", to_state AS "to", owner_code AS owner, remark, attachments::text AS attachments,
                step_time AS time, trace_id
            FROM case_step WHERE case_id = @id ORDER BY number
            """,
            new { id }, cancellationToken);

    /// <summary>Writes a new case and its steps; NODE_NOT_FOUND when its node does not exist.</summary>
    public static void AddOnCommit(UnitOfWork work, IReadOnlyList<CaseMove> moves)
    {
        var made = moves[^1].Case;
        work.OnViolation("grid_case_node_code_fkey", GridErrors.NodeNotFound.With(("code", made.Node.Value)));
        work.ExecuteOnCommit(
            """
            INSERT INTO grid_case (
                case_id, node_code, owner_code, category, urgency, state, description, reporter_id, attachments, parts, handler_ids, on_the_spot,
                rework_count, close_count, rating, report_time, accept_due, accept_time, handle_due, handle_time, verify_due,
                accept_overdue_raised, handle_overdue_raised, update_time, version)
            VALUES (
                @Id, @Node, @Owner, @Category, @urgency, @state, @Description, @ReporterId, @attachments::jsonb, @parts::jsonb, @handlers, @OnTheSpot,
                0, 0, 0, @ReportTime, @AcceptDue, @AcceptTime, @HandleDue, @HandleTime, @VerifyDue,
                false, false, @UpdateTime, @Version)
            """,
            new
            {
                made.Id,
                made.Node,
                made.Owner,
                made.Category,
                urgency = (short)made.Urgency,
                state = (short)made.State,
                made.Description,
                made.ReporterId,
                attachments = JsonSerializer.Serialize(made.Attachments),
                parts = JsonSerializer.Serialize(made.Parts),
                handlers = Handlers(made),
                made.OnTheSpot,
                made.ReportTime,
                made.AcceptDue,
                made.AcceptTime,
                made.HandleDue,
                made.HandleTime,
                made.VerifyDue,
                made.UpdateTime,
                made.Version,
            });
        AddStepsOnCommit(work, moves);
    }

    /// <summary>Writes a locked case as it is after a move, and the step.</summary>
    public static void SaveOnCommit(UnitOfWork work, CaseMove move)
    {
        var now = move.Case;
        work.ExecuteOnCommit(
            """
            UPDATE grid_case SET
                owner_code = @Owner, state = @state, parts = @parts::jsonb, handler_ids = @handlers, rework_count = @ReworkCount,
                close_count = @CloseCount, rating = @rating, accept_time = @AcceptTime, handle_due = @HandleDue, handle_time = @HandleTime,
                verify_due = @VerifyDue, verify_time = @VerifyTime, close_time = @CloseTime, suspend_time = @SuspendTime, void_time = @VoidTime,
                rate_time = @RateTime, accept_overdue_raised = @AcceptOverdueRaised, handle_overdue_raised = @HandleOverdueRaised,
                update_time = @UpdateTime, version = @Version
            WHERE case_id = @Id
            """,
            new
            {
                now.Id,
                now.Owner,
                state = (short)now.State,
                parts = JsonSerializer.Serialize(now.Parts),
                handlers = Handlers(now),
                now.ReworkCount,
                now.CloseCount,
                rating = (short)now.Rating,
                now.AcceptTime,
                now.HandleDue,
                now.HandleTime,
                now.VerifyDue,
                now.VerifyTime,
                now.CloseTime,
                now.SuspendTime,
                now.VoidTime,
                now.RateTime,
                now.AcceptOverdueRaised,
                now.HandleOverdueRaised,
                now.UpdateTime,
                now.Version,
            });
        if (move.Step.Verb is CaseVerb.Pass or CaseVerb.Reopen or CaseVerb.Reject or CaseVerb.Void)
        {
            DateTimeOffset? closeTime = move.Step.Verb == CaseVerb.Reopen ? null : now.UpdateTime;
            work.ExecuteOnCommit("UPDATE case_contact SET close_time = @closeTime WHERE case_id = @Id", new { now.Id, closeTime });
        }

        AddStepsOnCommit(work, [move]);
    }

    private static void AddStepsOnCommit(UnitOfWork work, IReadOnlyList<CaseMove> moves)
    {
        foreach (var move in moves)
        {
            var (after, step, _) = move;
            work.ExecuteOnCommit(
                """
                INSERT INTO case_step (case_id, number, verb, actor_id, from_state, to_state, owner_code, remark, attachments, step_time, trace_id)
                VALUES (@Id, @Number, @verb, @ActorId, @from, @to, @Owner, @Remark, @attachments::jsonb, @Time, @traceId)
                """,
                new
                {
                    after.Id,
                    step.Number,
                    verb = CaseMachine.Name(step.Verb),
                    step.ActorId,
                    from = (short?)step.From,
                    to = (short)step.To,
                    step.Owner,
                    step.Remark,
                    attachments = JsonSerializer.Serialize(step.Attachments),
                    step.Time,
                    traceId = Activity.Current?.TraceId.ToHexString() ?? "",
                });
        }

        work.Announce(Changed);
    }

    private static Guid[] Handlers(Case made) => [.. made.Parts.Select(part => part.HandlerId)];
}
