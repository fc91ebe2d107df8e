using System.Runtime.ExceptionServices;
using Jiceng.Hosting;
using Npgsql;

namespace Jiceng.Persistence;

/// <summary>How long the rows of a table are kept.</summary>
/// <param name="Table">Table name, a constant of the code.</param>
/// <param name="TimeColumn">Column with the start of a row's age; rows where it is null stay.</param>
/// <param name="Keep">Age at which a row may go.</param>
public sealed record RetentionRule(string Table, string TimeColumn, TimeSpan Keep);

/// <summary>Deletes rows that are older than their rule says, every hour, in batches that hold no lock for long.</summary>
internal sealed class RetentionSweep(NpgsqlDataSource source, IEnumerable<RetentionRule> rules, TimeProvider time, JobServices services)
    : PeriodicJob(services, "retention", TimeSpan.FromHours(1))
{
    private const int BatchSize = 1000;

    /// <summary>Sweeps once. Any number of replicas may do so at once.</summary>
    public async Task<long> SweepAsync(CancellationToken cancellationToken)
    {
        long total = 0;
        NpgsqlException? away = null;
        foreach (var rule in rules)
        {
            try
            {
                await TryItemAsync(rule.Table, async token => total += await SweepAsync(rule, token), cancellationToken);
            }
            catch (NpgsqlException failure)
            {
                // PostgreSQL may be away, or just too slow for this table.
                away ??= failure;
            }
        }

        if (away is not null) ExceptionDispatchInfo.Throw(away);
        return total;
    }

    protected override async Task<JobRound> RunRoundAsync(CancellationToken cancellationToken)
    {
        await SweepAsync(cancellationToken);
        return JobRound.Done;
    }

    private async Task<long> SweepAsync(RetentionRule rule, CancellationToken cancellationToken)
    {
        long total = 0;
        int deleted;
        do
        {
            await using var command = source.CreateCommand(
                $"""
                DELETE FROM {rule.Table} WHERE ctid IN (
                    SELECT ctid FROM {rule.Table} WHERE {rule.TimeColumn} < $1 LIMIT {BatchSize} FOR UPDATE SKIP LOCKED)
                """);
            command.Parameters.Add(new() { Value = time.GetUtcNow() - rule.Keep });
            deleted = await command.ExecuteNonQueryAsync(cancellationToken);
            total += deleted;
        }
        while (deleted == BatchSize);
        return total;
    }
}
