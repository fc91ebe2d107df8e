using System.Reflection;
using Jiceng.TestSupport;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Jiceng.Persistence;
using Npgsql;

namespace Jiceng.IntegrationTests.Persistence;

/// <summary>The services that AddPersistence adds, on a database of their own.</summary>
internal sealed class PersistenceHost : IAsyncDisposable
{
    private PersistenceHost(ServiceProvider services) => Services = services;

    public ServiceProvider Services { get; }

    public Database Database => Services.GetRequiredService<Database>();

    public NpgsqlDataSource Source => Services.GetRequiredService<NpgsqlDataSource>();

    public static async Task<PersistenceHost> StartAsync(PostgresServer? server = null, bool migrate = true)
    {
        server ??= await PostgresServer.SharedAsync();
        var host = On(await server.CreateDatabaseAsync());
        if (!migrate) return host;
        await host.Services.GetRequiredService<Migrator>().RunAsync(CancellationToken.None);
        await host.ExecuteAsync("CREATE TABLE thing (id text PRIMARY KEY, number int NOT NULL DEFAULT 0)");
        return host;
    }

    public static PersistenceHost On(string connectionString)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["ConnectionStrings:Postgres"] = connectionString })
            .Build();
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddPersistence(configuration, "test", Assembly.GetExecutingAssembly());
        return new PersistenceHost(services.BuildServiceProvider());
    }

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public ValueTask DisposeAsync() => Services.DisposeAsync();
}
