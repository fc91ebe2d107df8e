using Npgsql;

namespace Jiceng.Bench.Faults;

/// <summary>
/// Waits until the suite is quiescent: outboxes empty, every feed read twice without a new entry, poison messages dead-lettered and,
/// optionally, no Redis redelivery outstanding.
/// </summary>
internal sealed class Quiescence(PrivateSuite suite, Broker broker, Injector injector)
{
    private const int Reads = 2;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan BeforePoisonAgain = TimeSpan.FromSeconds(15);
    private static readonly string[] Services = ["cadre", "grid", "scoring"];

    /// <returns>Null when quiescent; otherwise what was still pending when the patience ran out.</returns>
    public async Task<string?> AwaitAsync(bool andBroker, TimeSpan patience, Action<string> report, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        var poisoned = start;
        var reads = new Dictionary<string, (DateTime Last, int Count)>();
        var entries = -1L;
        while (true)
        {
            var left = "PostgreSQL does not answer";
            try
            {
                left = await LookAsync();
            }
            catch (NpgsqlException)
            {
                reads.Clear();
            }

            if (left.Length == 0) return null;
            if (TimeProvider.System.GetElapsedTime(start) > patience) return left;
            report(left);
            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }

        async Task<string> LookAsync()
        {
            var left = new List<string>();
            foreach (var service in Services)
            {
                var waiting = await NumberAsync(service, "SELECT count(*) FROM outbox WHERE publish_time IS NULL");
                if (waiting > 0) left.Add($"{waiting} events of {service}");
                foreach (var (source, time) in await CursorsAsync(service))
                {
                    var (last, count) = reads.GetValueOrDefault($"{service}<{source}", (time, 0));
                    reads[$"{service}<{source}"] = (time, time > last ? count + 1 : count);
                }
            }

            var now = await NumberAsync("scoring", "SELECT count(*) FROM ledger_entry");
            if (now != entries)
            {
                // A new entry may cause others: read all feeds again from here.
                reads.Clear();
                left.Add($"the ledger grows: {now} entries");
            }

            entries = now;
            foreach (var (feed, read) in reads.Where(read => read.Value.Count < Reads)) left.Add($"feed {feed} to be read {Reads - read.Count} times");
            var missing = await MissingPoisonAsync();
            if (missing > 0) left.Add($"{missing} poison messages");
            if (andBroker && await broker.PendingAsync(cancellationToken) is > 0 and var pending) left.Add($"{pending} messages at the broker");
            return string.Join(", ", left);
        }

        async Task<int> MissingPoisonAsync()
        {
            var dead = await NamesAsync("SELECT event_id FROM dead_letter");
            var missing = injector.Poison.Where(poison => !dead.Contains(poison.Key)).ToList();
            if (missing.Count == 0 || TimeProvider.System.GetElapsedTime(poisoned) < BeforePoisonAgain) return missing.Count;
            // Poison is in no outbox, so a message lost by Redis must be published again.
            poisoned = TimeProvider.System.GetTimestamp();
            foreach (var (id, topic) in missing) await broker.PoisonAsync(topic, id, cancellationToken);
            return missing.Count;
        }

        async Task<long> NumberAsync(string service, string sql) => (long)(await QueryAsync(service, sql, async command => await command.ExecuteScalarAsync(cancellationToken)))!;

        Task<List<(string Source, DateTime Time)>> CursorsAsync(string service) => QueryAsync(service, "SELECT source, update_time FROM feed_cursor", async command =>
        {
            await using var row = await command.ExecuteReaderAsync(cancellationToken);
            var all = new List<(string, DateTime)>();
            while (await row.ReadAsync(cancellationToken)) all.Add((row.GetString(0), row.GetDateTime(1)));
            return all;
        });

        Task<HashSet<string>> NamesAsync(string sql) => QueryAsync("scoring", sql, async command =>
        {
            await using var row = await command.ExecuteReaderAsync(cancellationToken);
            var all = new HashSet<string>();
            while (await row.ReadAsync(cancellationToken)) all.Add(row.GetString(0));
            return all;
        });

        async Task<T> QueryAsync<T>(string service, string sql, Func<NpgsqlCommand, Task<T>> run)
        {
            await using var connection = new NpgsqlConnection(suite.Database(service));
            await connection.OpenAsync(cancellationToken);
            await using var command = new NpgsqlCommand(sql, connection);
            return await run(command);
        }
    }
}
