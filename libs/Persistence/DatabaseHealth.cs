using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Jiceng.Persistence;

/// <summary>Ready only while PostgreSQL answers, and not before it is migrated.</summary>
internal sealed partial class DatabaseHealth(NpgsqlDataSource source, Migrator migrator, ILogger<DatabaseHealth> logger) : IHealthCheck
{
    private static readonly HealthCheckResult NotMigrated = HealthCheckResult.Unhealthy("the database is not migrated");
    private bool _migrated;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            if (!_migrated && !await migrator.IsCurrentAsync(cancellationToken))
            {
                MissingMigrations();
                return NotMigrated;
            }

            _migrated = true;
            await using var command = source.CreateCommand("SELECT 1");
            await command.ExecuteScalarAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (NpgsqlException)
        {
            return HealthCheckResult.Unhealthy("PostgreSQL does not answer");
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database lacks migrations of this version; run the service with the word migrate")]
    private partial void MissingMigrations();
}
