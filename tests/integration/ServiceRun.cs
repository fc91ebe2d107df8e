using System.Security.Cryptography;
using Grpc.Core;
using Grpc.Net.Client;
using Jiceng.Hosting;
using Jiceng.Messaging;
using Jiceng.Persistence;
using Jiceng.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Jiceng.IntegrationTests;

/// <summary>
/// A whole service on real Kestrel, with a database of its own. The broker is one that takes everything: events are read from the outbox.
/// </summary>
internal sealed class ServiceRun : IAsyncDisposable
{
    private readonly TestTokens _tokens;
    private readonly WebApplication _app;

    private ServiceRun(WebApplication app, TestTokens tokens)
    {
        _app = app;
        _tokens = tokens;
        Channel = GrpcChannel.ForAddress(app.AddressOf("Grpc"));
    }

    public GrpcChannel Channel { get; }

    public IServiceProvider Services => _app.Services;

    public NpgsqlDataSource Source => Services.GetRequiredService<NpgsqlDataSource>();

    public TestTokens Tokens => _tokens;

    public Uri GrpcAddress => _app.AddressOf("Grpc");

    /// <summary>Where the sidecar would call.</summary>
    public Uri HttpAddress => _app.AddressOf("Http");

    public static async Task<ServiceRun> StartAsync(
        string service,
        Action<WebApplicationBuilder> add,
        Action<WebApplication> map,
        CancellationToken token,
        IReadOnlyDictionary<string, string?>? more = null)
    {
        var postgres = await PostgresServer.SharedAsync();
        var tokens = new TestTokens();
        var settings = new Dictionary<string, string?>(tokens.Settings)
        {
            ["Logging:LogLevel:Default"] = "Warning",
            ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Warning",
            ["Endpoints:Grpc"] = "http://127.0.0.1:0",
            ["Endpoints:Http"] = "http://127.0.0.1:0",
            ["Feeds:cadre"] = "none",
            ["Feeds:grid"] = "none",
            ["Feeds:scoring"] = "none",
            ["ConnectionStrings:Postgres"] = await postgres.CreateDatabaseAsync(),
            ["Personal:CurrentKey"] = "test",
            ["Personal:Keys:test"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
            ["Personal:HashKey"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
            ["Webhooks:CurrentKey"] = "test",
            ["Webhooks:Keys:test"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
        };
        foreach (var (key, value) in more ?? new Dictionary<string, string?>())
            settings[key] = value;
        var builder = ServiceHost.CreateBuilder([.. settings.Select(setting => $"--{setting.Key}={setting.Value}")], service);
        builder.Services.AddSingleton<IEventPublisher, AllTakingBroker>();
        add(builder);
        var app = builder.Build();
        map(app);
        await app.Services.GetRequiredService<Migrator>().RunAsync(token);
        await app.StartServiceAsync(token);
        return new ServiceRun(app, tokens);
    }

    /// <summary>Headers of a caller.</summary>
    public Metadata As(string subject, string role, params string[] places) =>
        new() { { "authorization", $"Bearer {_tokens.Issue(subject, [role], places)}" } };

    /// <summary>Headers of a caller whose token has expired.</summary>
    public Metadata Expired(string subject, string role, params string[] places) =>
        new() { { "authorization", $"Bearer {_tokens.Issue(subject, [role], places, TimeSpan.FromHours(-1))}" } };

    /// <summary>First column of all rows.</summary>
    public async Task<List<string>> ColumnAsync(string sql, params object[] values)
    {
        await using var command = Source.CreateCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        await using var reader = await command.ExecuteReaderAsync();
        var column = new List<string>();
        while (await reader.ReadAsync())
            column.Add(reader.GetValue(0).ToString() ?? "");
        return column;
    }

    /// <summary>Payloads of the events of a type about a subject, in the order of their sequence.</summary>
    public Task<List<string>> EventsAsync(string type, string subject) => ColumnAsync(
        "SELECT data_json FROM outbox WHERE type = $1 AND subject = $2 ORDER BY sequence", type, subject);

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        _tokens.Dispose();
    }

    private sealed class AllTakingBroker : IEventPublisher
    {
        public Task PublishAsync(string topic, ReadOnlyMemory<byte> cloudEvent, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
