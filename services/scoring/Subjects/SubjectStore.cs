using Dapper;
using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Scoring.Schemes;
using Jiceng.Scoring.Schemes.Domain;
using Jiceng.Scoring.Subjects.Domain;
using Npgsql;

namespace Jiceng.Scoring.Subjects;

/// <summary>The read copies of subjects and their memberships.</summary>
internal static class SubjectStore
{
    /// <summary>Place and owner of rows with a subject, as <c>kind</c> and <c>subject_id</c>: a person owns them, an organisation or a grid does not.</summary>
    public const string PlaceAndOwner = "SELECT place_code, CASE WHEN kind = 'person' THEN ARRAY[subject_id] ELSE '{}' END AS owner_ids";

    public const string ResourceSql = $"{PlaceAndOwner} FROM (SELECT place_code, kind, id AS subject_id FROM subject WHERE id = @id::text LIMIT 1) subject";

    private const string Columns = "SELECT kind, id, name, place_code FROM subject";

    private const string Find =
        $"""
        {Columns} WHERE (kind, id) IN (SELECT * FROM unnest(@kinds, @ids));
        SELECT kind, subject_id, group_name, place_code, from_day, until_day FROM membership
        WHERE (kind, subject_id) IN (SELECT * FROM unnest(@kinds, @ids)) ORDER BY place_code, group_name, source_id
        """;

    // Everything about a subject is looked up by its key, so that plans need not be made anew for the keys of each transaction: making
    // them took longer than the look-ups. A plan that was made while a table was small shall not read all of it later either.
    private const string PlanOnce = "SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)";

    /// <summary>
    /// Takes the subjects for this transaction, and lets no scheme be published meanwhile; then reads what is known of the subjects and
    /// which schemes are published, in the same round trip. All that is written about a subject (copy, facts, entries) goes one after
    /// the other, so that a fact and the subject's arrival never miss each other and a chain never forks.
    /// </summary>
    public static async Task<(IReadOnlyDictionary<SubjectRef, Subject> Known, IReadOnlyList<Scheme> Published)> TakeAsync(
        UnitOfWork work, IEnumerable<SubjectRef> subjects, CancellationToken cancellationToken)
    {
        var wanted = subjects.Distinct().Order().ToList();
        var parameters = new DynamicParameters(Ids(wanted));
        parameters.Add("keys", Keys(wanted));
        parameters.Add("publication", SchemeStore.PublicationLock);
        await using var all = await work.Connection.QueryMultipleAsync(new CommandDefinition(
            // The locks come first, and each statement sees what was committed when it began.
            $"""
            {PlanOnce};
            SELECT pg_advisory_xact_lock_shared(@publication);
            {NamedLocks.Sql};
            {Find};
            {SchemeStore.PublishedKeys}
            """,
            parameters, work.Transaction, cancellationToken: cancellationToken));
        for (var set = 0; set < 3; set++) await all.ReadAsync<object>();
        var known = await ReadAsync(all);
        var published = (await all.ReadAsync<(Guid, int)>()).ToList();
        await all.DisposeAsync();
        return (known, await SchemeStore.PublishedAsync(work.Connection, published, cancellationToken));
    }

    /// <summary>Takes the subjects for this transaction, as <see cref="TakeAsync"/>, while nothing can be published.</summary>
    public static Task LockAsync(UnitOfWork work, IEnumerable<SubjectRef> subjects, CancellationToken cancellationToken) =>
        work.LockAsync(Keys(subjects.Distinct().Order()), cancellationToken);

    public static async Task<IReadOnlyDictionary<SubjectRef, Subject>> FindAsync(
        NpgsqlConnection connection, IEnumerable<SubjectRef> subjects, CancellationToken cancellationToken)
    {
        await using var both = await connection.QueryMultipleAsync(
            new CommandDefinition(Find, Ids([.. subjects.Distinct()]), cancellationToken: cancellationToken));
        return await ReadAsync(both);
    }

    /// <summary>The subject with that id, whatever its kind: ids of persons and organisations are UUIDs, of nodes place codes.</summary>
    public static async Task<Subject?> FindAsync(NpgsqlConnection connection, string id, CancellationToken cancellationToken)
    {
        var row = await connection.QuerySingleOrDefaultAsync<SubjectRow>(new CommandDefinition(
            $"{Columns} WHERE id = @id ORDER BY kind LIMIT 1", new { id }, cancellationToken: cancellationToken));
        return row is null ? null : (await FindAsync(connection, [row.Ref], cancellationToken))[row.Ref];
    }

    /// <summary>Keeps the copy if it is newer than what is known.</summary>
    /// <returns>Whether it was.</returns>
    public static async Task<bool> PutAsync(
        UnitOfWork work, SubjectRef subject, string name, PlaceCode place, long sequence, CancellationToken cancellationToken)
    {
        var changed = await work.Connection.ExecuteAsync(new CommandDefinition(
            """
            INSERT INTO subject (kind, id, name, place_code, sequence) VALUES (@kind, @id, @name, @place, @sequence)
            ON CONFLICT (kind, id) DO UPDATE SET name = @name, place_code = @place, sequence = @sequence
            WHERE subject.sequence < @sequence
            """,
            new { kind = subject.Kind.Text(), id = subject.Id, name, place = place.Value, sequence },
            work.Transaction, cancellationToken: cancellationToken));
        return changed > 0;
    }

    /// <summary>Keeps a membership if it is newer than what is known.</summary>
    public static Task PutAsync(
        UnitOfWork work, SubjectRef subject, string source, string sourceId, Membership membership, long sequence, CancellationToken cancellationToken) =>
        work.Connection.ExecuteAsync(new CommandDefinition(
            """
            INSERT INTO membership (kind, subject_id, source, source_id, group_name, place_code, from_day, until_day, sequence)
            VALUES (@kind, @id, @source, @sourceId, @group, @place, @from, @until, @sequence)
            ON CONFLICT (kind, subject_id, source, source_id) DO UPDATE
            SET group_name = @group, place_code = @place, from_day = @from, until_day = @until, sequence = @sequence
            WHERE membership.sequence < @sequence
            """,
            new
            {
                kind = subject.Kind.Text(),
                id = subject.Id,
                source,
                sourceId,
                group = membership.Group,
                place = membership.Place.Value,
                from = membership.From,
                until = membership.Until,
                sequence,
            },
            work.Transaction, cancellationToken: cancellationToken));

    /// <summary>
    /// Sets the groups that follow from the subject itself. Groups that it had when it became known count from always, later ones from
    /// the day they were reported; a group that is no longer named ends on that day.
    /// </summary>
    public static Task SetGroupsAsync(
        UnitOfWork work, SubjectRef subject, IReadOnlyCollection<string> groups, PlaceCode place, DateOnly? from, DateOnly day, long sequence,
        CancellationToken cancellationToken) =>
        work.Connection.ExecuteAsync(new CommandDefinition(
            """
            UPDATE membership SET until_day = @day, sequence = @sequence
            WHERE kind = @kind AND subject_id = @id AND source = 'self' AND until_day IS NULL AND NOT source_id = ANY (@groups);
            INSERT INTO membership (kind, subject_id, source, source_id, group_name, place_code, from_day, until_day, sequence)
            SELECT @kind, @id, 'self', name, name, @place, @from, NULL, @sequence FROM unnest(@groups) AS given (name)
            ON CONFLICT (kind, subject_id, source, source_id) DO UPDATE SET place_code = @place, until_day = NULL, sequence = @sequence
            """,
            new { kind = subject.Kind.Text(), id = subject.Id, groups = groups.Distinct().ToArray(), place = place.Value, from, day, sequence },
            work.Transaction, cancellationToken: cancellationToken));

    /// <summary>
    /// Keeps the copies of many grids, those that are newer than what is known, and gives the new ones the group of their level, from always
    /// on. A known one keeps its group, since no grid changes its level. Publication is locked alone, so that nobody else writes subjects.
    /// </summary>
    /// <returns>Those that were not known, and whether they have a part in facts.</returns>
    public static async Task<ILookup<bool, SubjectRef>> PutAsync(UnitOfWork work, IReadOnlyList<GridNode> nodes, CancellationToken cancellationToken)
    {
        var once = nodes.OrderByDescending(node => node.Sequence).DistinctBy(node => node.Code).OrderBy(node => node.Code).ToList();
        var appeared = await work.Connection.QueryAsync<(string Id, bool InFacts)>(new CommandDefinition(
            """
            WITH given AS (
                SELECT given.*, subject.sequence AS known FROM unnest(@codes, @names, @levels, @sequences) AS given (code, name, level, sequence)
                LEFT JOIN subject ON kind = 'grid_node' AND id = code),
            changed AS (
                UPDATE subject SET name = given.name, place_code = code, sequence = given.sequence
                FROM given WHERE kind = 'grid_node' AND id = code AND known < given.sequence),
            added AS (
                INSERT INTO subject (kind, id, name, place_code, sequence)
                SELECT 'grid_node', code, name, code, sequence FROM given WHERE known IS NULL
                RETURNING id),
            grouped AS (
                INSERT INTO membership (kind, subject_id, source, source_id, group_name, place_code, sequence)
                SELECT 'grid_node', code, 'self', level, level, code, sequence FROM given WHERE known IS NULL)
            SELECT id, EXISTS (SELECT FROM fact_part WHERE fact_part.kind = 'grid_node' AND subject_id = id) FROM added
            """,
            new
            {
                codes = once.Select(node => node.Code.Value).ToArray(),
                names = once.Select(node => node.Name).ToArray(),
                levels = once.Select(node => node.Level).ToArray(),
                sequences = once.Select(node => node.Sequence).ToArray(),
            },
            work.Transaction, cancellationToken: cancellationToken));
        return appeared.ToLookup(row => row.InFacts, row => new SubjectRef(SubjectKind.GridNode, row.Id));
    }

    // In one order everywhere: two transactions never wait for each other.
    private static string[] Keys(IEnumerable<SubjectRef> ordered) => [.. ordered.Select(subject => $"subject:{subject}")];

    private static object Ids(IReadOnlyCollection<SubjectRef> subjects) => new
    {
        kinds = subjects.Select(subject => subject.Kind.Text()).ToArray(),
        ids = subjects.Select(subject => subject.Id).ToArray(),
    };

    private static async Task<IReadOnlyDictionary<SubjectRef, Subject>> ReadAsync(SqlMapper.GridReader found)
    {
        var rows = await found.ReadAsync<SubjectRow>();
        var memberships = (await found.ReadAsync<MembershipRow>()).ToLookup(row => row.Ref, row => row.ToMembership());
        return rows.Select(row => row.ToSubject([.. memberships[row.Ref]])).ToDictionary(subject => subject.Ref);
    }

    private sealed class SubjectRow
    {
        public string Kind { get; init; } = "";

        public string Id { get; init; } = "";

        public string Name { get; init; } = "";

        public string PlaceCode { get; init; } = "";

        public SubjectRef Ref => new(EnumNames.Parse<SubjectKind>(Kind), Id);

        public Subject ToSubject(IReadOnlyList<Membership> memberships) => new(Ref, Name, Jiceng.Domain.PlaceCode.Parse(PlaceCode), memberships);
    }

    private sealed class MembershipRow
    {
        public string Kind { get; init; } = "";

        public string SubjectId { get; init; } = "";

        public string GroupName { get; init; } = "";

        public string PlaceCode { get; init; } = "";

        public DateOnly? FromDay { get; init; }

        public DateOnly? UntilDay { get; init; }

        public SubjectRef Ref => new(EnumNames.Parse<SubjectKind>(Kind), SubjectId);

        public Membership ToMembership() => new(GroupName, Jiceng.Domain.PlaceCode.Parse(PlaceCode), FromDay, UntilDay);
    }
}
