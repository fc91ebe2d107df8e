using System.Collections.Concurrent;
using Npgsql;

namespace Jiceng.Bench.Runs;

/// <summary>
/// Sees when the points of a case can be read: one connection that asks every other millisecond what was committed since it last asked. A
/// ranking is served from Redis only under the version of the ledger that it was made from, so an entry that is committed is in the next
/// answer; asking the ledger disturbs less than making the ranking anew each time. The events of the entries are written with them and are
/// indexed by transaction, so that each look reads only what is new.
/// </summary>
internal sealed class LedgerWatch(string scoring) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, DateTimeOffset> _seen = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _watch = Task.CompletedTask;

    /// <summary>When the points of a case were first there to be read.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset> Seen => _seen;

    public async Task StartAsync()
    {
        var connection = new NpgsqlConnection(scoring);
        await connection.OpenAsync(_stop.Token);
        _watch = WatchAsync(connection);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task WatchAsync(NpgsqlConnection connection)
    {
        await using var open = connection;
        await using var look = new NpgsqlBatch(connection);
        // Taken before the rows are: what was open then is looked for again.
        look.BatchCommands.Add(new NpgsqlBatchCommand("SELECT pg_snapshot_xmin(pg_current_snapshot())::text"));
        var from = new NpgsqlParameter<string> { TypedValue = "0" };
        look.BatchCommands.Add(new NpgsqlBatchCommand(
            """
            SELECT e.matter_id FROM outbox o JOIN ledger_entry e ON e.id = (o.data_json::jsonb ->> 'entryId')::uuid
            WHERE o.xid >= $1::text::xid8 AND o.type = 'jiceng.scoring.points.posted.v1'
            """) { Parameters = { from } });
        await look.PrepareAsync(_stop.Token);
        while (true)
        {
            await using (var reader = await look.ExecuteReaderAsync(_stop.Token))
            {
                await reader.ReadAsync(_stop.Token);
                var next = reader.GetString(0);
                await reader.NextResultAsync(_stop.Token);
                var now = TimeProvider.System.GetUtcNow();
                while (await reader.ReadAsync(_stop.Token)) _seen.TryAdd(reader.GetString(0), now);
                from.TypedValue = next;
            }

            await Task.Delay(2, _stop.Token);
        }
    }
}
