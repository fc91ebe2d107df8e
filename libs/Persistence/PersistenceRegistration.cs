using System.Data.Common;
using System.Reflection;
using Jiceng.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Npgsql;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Jiceng.Persistence;

/// <summary>Adds the database of a service.</summary>
public static class PersistenceRegistration
{
    private const int ServiceOrder = 10;

    /// <summary>
    /// Adds <see cref="Database"/>, <see cref="Migrator"/> and its command <c>migrate</c>, the readiness check <c>postgres</c> and the sweep of old rows.
    /// Settings: <c>ConnectionStrings:Postgres</c> (required; its own keywords rule the pool, for example <c>Maximum Pool Size</c>)
    /// and <c>Idempotency:Retention</c> (a TimeSpan, 7 days by default).
    /// </summary>
    /// <param name="services">The service's collection.</param>
    /// <param name="configuration">Where the settings are.</param>
    /// <param name="service">Name of the service; shown in pg_stat_activity, names its migrations.</param>
    /// <param name="migrations">Assembly that embeds the service's <c>migrations/*.sql</c>.</param>
    /// <exception cref="InvalidOperationException">A setting is missing or wrong.</exception>
    public static IServiceCollection AddPersistence(
        this IServiceCollection services, IConfiguration configuration, string service, Assembly migrations)
    {
        DapperTypes.Register();
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.TryAddSingleton<JobServices>();
        var connection = ConnectionString(configuration, service);
        services.AddSingleton(provider => Build(connection, service, provider.GetService<ILoggerFactory>()));
        services.ConfigureOpenTelemetryTracerProvider(tracing => tracing.AddNpgsql());
        services.ConfigureOpenTelemetryMeterProvider(metrics => metrics.AddNpgsqlInstrumentation());
        services.AddSingleton<Database>();
        services.AddSingleton<Migrator>();
        services.AddTransient<IServiceCommand, MigrateCommand>();
        services.AddSingleton(MigrationSet.From("persistence", typeof(PersistenceRegistration).Assembly, order: 0));
        services.AddSingleton(MigrationSet.From(service, migrations, ServiceOrder));
        services.AddSingleton(new RetentionRule("idempotency", "create_time", configuration.GetValue("Idempotency:Retention", TimeSpan.FromDays(7))));
        services.AddHostedService<RetentionSweep>();
        services.AddSingleton<DatabaseHealth>();
        services.AddHealthChecks().AddCheck<DatabaseHealth>("postgres", tags: ["ready"]);
        return services;
    }

    /// <summary>Adds <see cref="PersonalCipher"/>; its keys are read at once, so that a service without them does not start.</summary>
    /// <exception cref="InvalidOperationException">A key is missing or wrong.</exception>
    public static IServiceCollection AddPersonalCipher(this IServiceCollection services, IConfiguration configuration) =>
        services.AddSingleton(new PersonalCipher(configuration));

    private static string ConnectionString(IConfiguration configuration, string service)
    {
        var given = configuration.GetConnectionString("Postgres");
        if (string.IsNullOrWhiteSpace(given)) throw new InvalidOperationException("ConnectionStrings:Postgres is not set.");
        var settings = new NpgsqlConnectionStringBuilder(given) { ApplicationName = $"jiceng-{service}", IncludeErrorDetail = false };
        var said = new DbConnectionStringBuilder { ConnectionString = given };
        if (!said.ContainsKey("Max Auto Prepare")) settings.MaxAutoPrepare = 200;
        if (!said.ContainsKey("Timeout")) settings.Timeout = 5;
        if (!said.ContainsKey("Command Timeout")) settings.CommandTimeout = 15;
        if (!said.ContainsKey("Keepalive")) settings.KeepAlive = 30;
        // Nothing here changes the state of a session, and putting it back costs six statements for each transaction.
        if (!said.ContainsKey("No Reset On Close")) settings.NoResetOnClose = true;
        return settings.ConnectionString;
    }

    private static NpgsqlDataSource Build(string connection, string service, ILoggerFactory? loggers)
    {
        // Without a name, spans and metrics carry the connection string.
        var builder = new NpgsqlDataSourceBuilder(connection) { Name = service };
        builder.ConfigureTracing(StatementSpans.Configure);
        if (loggers is not null) builder.UseLoggerFactory(loggers);
        return builder.Build();
    }
}
