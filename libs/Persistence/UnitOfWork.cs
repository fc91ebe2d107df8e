using System.Diagnostics;
using Jiceng.Domain;
using Npgsql;

namespace Jiceng.Persistence;

/// <summary>
/// One business transaction: everything written through it is committed or undone together. Lives only inside the action that
/// <see cref="Database"/> hands it to, and is used by one task at a time.
/// </summary>
public sealed class UnitOfWork
{
    private readonly List<NpgsqlBatchCommand> _deferred = [];
    private readonly HashSet<string> _announced = [];
    private readonly Dictionary<string, ApiException> _errors = [];

    internal UnitOfWork(NpgsqlConnection connection, NpgsqlTransaction transaction, DateTimeOffset now, WriteContext context)
    {
        Connection = connection;
        Transaction = transaction;
        Now = now;
        Context = context;
    }

    /// <summary>The open connection; every command on it belongs to the transaction.</summary>
    public NpgsqlConnection Connection { get; }

    /// <summary>The transaction, for Dapper calls that ask for one. Never commit or roll it back.</summary>
    public NpgsqlTransaction Transaction { get; }

    /// <summary>The time of the change, the same for the whole transaction, UTC, whole microseconds as PostgreSQL keeps them.</summary>
    public DateTimeOffset Now { get; }

    /// <summary>Who writes: <see cref="WriteContext.CallerId"/>.</summary>
    public string CallerId => Context.CallerId;

    internal WriteContext Context { get; }

    internal IReadOnlyList<NpgsqlBatchCommand> Deferred => _deferred;

    internal IReadOnlyCollection<string> Announced => _announced;

    /// <summary>
    /// Adds a command whose answer is not needed. All of them go out together, in this order, in the round trip that commits.
    /// </summary>
    /// <param name="sql">SQL with parameters <c>@Name</c>; write <c>@Name::jsonb</c> for a JSON text.</param>
    /// <param name="values">
    /// An object with a property for each parameter, for example the domain record: null, string, number, bool, Guid, DateTimeOffset, DateOnly,
    /// byte[], PlaceCode, an enum (sent as text, <see cref="EnumNames.Of(Enum)"/>) or an array.
    /// </param>
    /// <exception cref="ArgumentException">A parameter has no property.</exception>
    public void ExecuteOnCommit(string sql, object? values = null) => _deferred.Add(NamedCommand.Of(sql, values));

    /// <summary>
    /// Maps a constraint to an error, so that a check which the table makes anyway needs no query before.
    /// </summary>
    /// <param name="constraint">Name of the constraint, for example <c>grid_case_node_code_fkey</c>.</param>
    /// <param name="error">Thrown instead of PostgreSQL's error; everything is undone.</param>
    public void OnViolation(string constraint, ApiException error) => _errors[constraint] = error;

    /// <summary>Adds an audit row (审计) in the name of the caller; written with the transaction.</summary>
    /// <param name="action">What was done, for example <c>case.accept</c> or <c>person.unmask</c>.</param>
    /// <param name="resourceKind">Kind of the resource: case, person, …</param>
    /// <param name="resourceId">Id of the resource.</param>
    /// <param name="placeCode">Code of the place it belongs to, if any.</param>
    /// <param name="detailJson">More, as JSON without personal data, if any.</param>
    public void Audit(string action, string resourceKind, string resourceId, string? placeCode = null, string? detailJson = null) =>
        ExecuteOnCommit(
            """
            INSERT INTO audit (id, audit_time, caller_id, method, action, resource_kind, resource_id, place_code, detail, trace_id)
            VALUES (@id, @Now, @CallerId, @Method, @action, @resourceKind, @resourceId, @placeCode, @detailJson::jsonb, @traceId)
            """,
            new
            {
                id = Guid.CreateVersion7(Now),
                Now,
                CallerId,
                Context.Method,
                action,
                resourceKind,
                resourceId,
                placeCode,
                detailJson,
                traceId = Activity.Current?.TraceId.ToHexString(),
            });

    /// <summary>Calls the listeners of <see cref="Database.OnAnnounced"/> in this process once the transaction is committed.</summary>
    /// <param name="topic">What happened, a constant of the code.</param>
    public void Announce(string topic) => _announced.Add(topic);

    internal void ExecuteFirstOnCommit(string sql, object values) => _deferred.Insert(0, NamedCommand.Of(sql, values));

    internal ApiException? ErrorOf(PostgresException failure) => failure.ConstraintName is { } name ? _errors.GetValueOrDefault(name) : null;
}
