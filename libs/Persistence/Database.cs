using System.Data;
using System.Security.Cryptography;
using Jiceng.Domain;
using Npgsql;

namespace Jiceng.Persistence;

/// <summary>
/// The service's PostgreSQL database: reads, and business transactions that are written whole or not at all.
/// Where PostgreSQL does not answer, calls end with DEPENDENCY_UNAVAILABLE and work again by themselves once it is back.
/// </summary>
public sealed class Database(NpgsqlDataSource source, TimeProvider time)
{
    private const int Attempts = 3;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);

    /// <summary>The connections, for stores that stream rows. Prefer <see cref="ReadAsync"/>.</summary>
    public NpgsqlDataSource Source { get; } = source;

    private event Action<string>? Announced;

    /// <summary>
    /// Calls back after each commit of this process for which <see cref="UnitOfWork.Announce"/> named the topic. Only a hint that saves
    /// waiting: other processes do not receive it, and a process that dies in between never raises it.
    /// </summary>
    /// <param name="topic">What is announced.</param>
    /// <param name="announced">Returns at once and throws nothing.</param>
    /// <returns>Ends it when disposed of.</returns>
    public IDisposable OnAnnounced(string topic, Action announced) => new Listener(this, topic, announced);

    /// <summary>Runs queries on one connection, outside of a transaction. May run them again after a lost connection.</summary>
    /// <param name="query">The queries; changes nothing.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="ApiException">DEPENDENCY_UNAVAILABLE: PostgreSQL does not answer.</exception>
    public Task<T> ReadAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> query, CancellationToken cancellationToken) =>
        WithRetryAsync(_ => OnConnectionAsync(connection => query(connection, cancellationToken), cancellationToken), cancellationToken);

    /// <summary>
    /// Runs an action in a transaction and commits. After a deadlock, a failed serialisation or a connection lost before the
    /// commit was sent, the action runs again, up to three times in all: it may have no effect outside of the transaction.
    /// </summary>
    /// <param name="context">Who writes.</param>
    /// <param name="action">The change; an exception undoes everything.</param>
    /// <param name="cancellationToken">Ends it early, undone.</param>
    /// <exception cref="ApiException">What the action throws, or DEPENDENCY_UNAVAILABLE.</exception>
    public Task<T> WriteAsync<T>(WriteContext context, Func<UnitOfWork, CancellationToken, Task<T>> action, CancellationToken cancellationToken) =>
        WithRetryAsync(
            attempt => InTransactionAsync(context, attempt, work => action(work, cancellationToken), cancellationToken),
            cancellationToken);

    /// <summary>
    /// As <see cref="WriteAsync"/>, once for each caller, method and request id: the answer is stored with the change, and the
    /// same request again gets it and changes nothing. Requests at the same time wait for the first. That a request is a repeated one
    /// is found out when storing its answer, or its action, fails: one that comes for the first time is not looked up.
    /// </summary>
    /// <param name="context">Who writes; its request id is required.</param>
    /// <param name="action">The change and its answer, for example a serialised response. It may run for a repeated request too, and is then undone.</param>
    /// <param name="cancellationToken">Ends it early, undone.</param>
    /// <returns>The answer of the first run.</returns>
    /// <exception cref="ApiException">REQUEST_ID_REUSED: the id was used with another request hash; or as <see cref="WriteAsync"/>.</exception>
    public Task<byte[]> WriteOnceAsync(
        WriteContext context, Func<UnitOfWork, CancellationToken, Task<byte[]>> action, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(context.RequestId);
        return WithRetryAsync(
            async attempt =>
            {
                attempt.Repeatable = true;
                try
                {
                    return await InTransactionAsync(
                        context,
                        attempt,
                        async work =>
                        {
                            var response = await action(work, cancellationToken);
                            Idempotency.Keep(work, response);
                            return response;
                        },
                        cancellationToken);
                }
                catch (Exception failure) when (failure is not OperationCanceledException && !(failure is NpgsqlException lost && Failures.IsTransient(lost)))
                {
                    // What a repeated request asks for may be done, and impossible to do again.
                    if (await Idempotency.FindAsync(Source, context, cancellationToken) is { } stored) return stored;
                    if (failure is PostgresException { ConstraintName: Idempotency.Key }) throw Failures.Unavailable(); // swept in between
                    throw;
                }
            },
            cancellationToken);
    }

    private Task<T> InTransactionAsync<T>(WriteContext context, Attempt attempt, Func<UnitOfWork, Task<T>> action, CancellationToken cancellationToken) =>
        OnConnectionAsync(
            async connection =>
            {
                // BEGIN travels with the first command. Disposing undoes what was not committed.
                await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
                var work = new UnitOfWork(connection, transaction, time.GetUtcNow().TruncatedToMicroseconds(), context);
                var result = await action(work);
                await CommitAsync(work, attempt, cancellationToken);
                foreach (var topic in work.Announced) Announced?.Invoke(topic);
                return result;
            },
            cancellationToken);

    private async Task<T> OnConnectionAsync<T>(Func<NpgsqlConnection, Task<T>> run, CancellationToken cancellationToken)
    {
        await using var connection = await Source.OpenConnectionAsync(cancellationToken);
        try
        {
            return await run(connection);
        }
        catch (PostgresException) when (connection.State == ConnectionState.Open)
        {
            // Npgsql takes a query that was refused when it was to be prepared for a prepared one without columns, and is out of
            // step with PostgreSQL when it comes again (npgsql/npgsql#6391). Without prepared statements it begins anew.
            connection.UnprepareAll();
            throw;
        }
    }

    private static async Task CommitAsync(UnitOfWork work, Attempt attempt, CancellationToken cancellationToken)
    {
        if (work.Deferred.Count == 0)
        {
            attempt.CommitSent = true;
            await work.Transaction.CommitAsync(cancellationToken);
            return;
        }

        await using var batch = new NpgsqlBatch(work.Connection, work.Transaction);
        foreach (var command in work.Deferred) batch.BatchCommands.Add(command);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        attempt.CommitSent = true;
        try
        {
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException failure) when (work.ErrorOf(failure) is { } error)
        {
            throw error;
        }
    }

    private async Task<T> WithRetryAsync<T>(Func<Attempt, Task<T>> run, CancellationToken cancellationToken)
    {
        for (var number = 1; ; number++)
        {
            var attempt = new Attempt();
            try
            {
                return await run(attempt);
            }
            catch (NpgsqlException failure) when (Failures.IsTransient(failure))
            {
                // A lost commit may have been carried out: only a request that is remembered may be sent again.
                var again = Failures.IsUndone(failure) || !attempt.CommitSent || attempt.Repeatable;
                if (!again || number == Attempts) throw Failures.Unavailable();
            }
            catch (NpgsqlException failure) when (Failures.IsOfText(failure))
            {
                // Texts that are stored are checked by name before; this holds for every other, as one that is only searched for.
                throw Failures.NoText();
            }

            var pause = FirstPause * (1 << number) * (0.5 + (RandomNumberGenerator.GetInt32(1000) / 1000.0));
            await Task.Delay(pause, time, cancellationToken);
        }
    }

    private sealed class Listener : IDisposable
    {
        private readonly Database _database;
        private readonly Action<string> _heard;

        public Listener(Database database, string topic, Action announced)
        {
            _database = database;
            _heard = heard =>
            {
                if (heard == topic) announced();
            };
            _database.Announced += _heard;
        }

        public void Dispose() => _database.Announced -= _heard;
    }

    private sealed class Attempt
    {
        public bool CommitSent { get; set; }

        public bool Repeatable { get; set; }
    }
}
