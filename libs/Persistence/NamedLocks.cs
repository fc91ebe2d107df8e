using Dapper;

namespace Jiceng.Persistence;

/// <summary>Locks by name, held until the transaction ends: they let one transaction at a time do what the names stand for.</summary>
public static class NamedLocks
{
    /// <summary>Takes the locks <c>@keys</c> (text[]) in that order, as a statement of a larger command.</summary>
    public const string Sql =
        "SELECT pg_advisory_xact_lock(hashtextextended(key, 0)) FROM unnest(@keys) WITH ORDINALITY AS given (key, place) ORDER BY place";

    /// <summary>Takes the locks, one after the other; waits for transactions that hold one.</summary>
    /// <param name="work">The transaction.</param>
    /// <param name="keys">Names, always in the same order, so that two transactions never wait for each other.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public static Task LockAsync(this UnitOfWork work, IEnumerable<string> keys, CancellationToken cancellationToken) =>
        work.Connection.ExecuteAsync(new CommandDefinition(Sql, new { keys = keys.ToArray() }, work.Transaction, cancellationToken: cancellationToken));
}
