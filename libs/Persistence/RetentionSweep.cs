using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Jiceng.Persistence;

/// <summary>How long the rows of a table are kept.</summary>
/// <param name="Table">Table name, a constant of the code.</param>
/// <param name="TimeColumn">Column that tells a row's age; rows where it is null stay.</param>
/// <param name="Keep">Age at which a row may go.</param>
public sealed record RetentionRule(string Table, string TimeColumn, TimeSpan Keep);

/// <summary>Deletes rows that are older than their rule says, every hour, in batches that hold no lock for long.</summary>
internal sealed partial class RetentionSweep(
    NpgsqlDataSource source, IEnumerable<RetentionRule> rules, TimeProvider time, ILogger<RetentionSweep> logger) : BackgroundService
{
    private const int BatchSize = 1000;
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>Sweeps once. Any number of replicas may do so at once.</summary>
    public async Task<long> SweepAsync(CancellationToken cancellationToken)
    {
        long total = 0;
        foreach (var rule in rules)
        {
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
        }

        return total;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await SweepAsync(stoppingToken);
            }
            catch (NpgsqlException failure)
            {
                Failed(failure);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Old rows could not be deleted; the next sweep tries again")]
    private partial void Failed(Exception failure);
}
