using System.Collections.Concurrent;
using System.Security.Cryptography;
using Grpc.Net.Client;
using Jiceng.Cadre;
using Jiceng.Cadre.V1;
using Jiceng.Hosting;
using Jiceng.Messaging;
using Jiceng.Persistence;
using Jiceng.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Xunit;

namespace Jiceng.IntegrationTests.Cadre;

/// <summary>
/// A whole cadre service on real Kestrel and a database of its own, with the county committee of 140224, its township 140224205 and
/// the village 140224205201 recorded. The broker is one that takes everything: events are read from the outbox.
/// </summary>
public sealed class CadreFixture : IAsyncLifetime
{
    public const string County = "140224";
    public const string Township = "140224205";
    public const string Village = "140224205201";
    public const string OtherTownship = "140224206";

    private readonly TestTokens _tokens = new();
    private readonly LogKeeper _logs = new();
    private readonly ConcurrentQueue<int> _places = new(Enumerable.Range(1, 90));
    private WebApplication? _app;
    private GrpcChannel? _channel;

    public Organization CountyCommittee { get; private set; } = null!;

    public Organization TownshipCommittee { get; private set; } = null!;

    public Organization VillageBranch { get; private set; } = null!;

    /// <summary>Every line that the service logged, at the finest level.</summary>
    public IReadOnlyCollection<string> Logs => _logs.Lines;

    /// <summary>The county's organisation department.</summary>
    internal CadreCaller Organizer => As("county_organizer", County);

    public async ValueTask InitializeAsync()
    {
        var postgres = await PostgresServer.SharedAsync();
        var settings = new Dictionary<string, string?>(_tokens.Settings)
        {
            ["Logging:LogLevel:Default"] = "Warning",
            ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Warning",
            ["Endpoints:Grpc"] = "http://127.0.0.1:0",
            ["Endpoints:Http"] = "http://127.0.0.1:0",
            ["ConnectionStrings:Postgres"] = await postgres.CreateDatabaseAsync(),
            ["Personal:CurrentKey"] = "test",
            ["Personal:Keys:test"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
            ["Personal:HashKey"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
        };
        var builder = ServiceHost.CreateBuilder([.. settings.Select(setting => $"--{setting.Key}={setting.Value}")], "cadre");
        builder.Services.AddSingleton<IEventPublisher, AllTakingBroker>();
        builder.Logging.AddProvider(_logs).AddFilter<LogKeeper>(null, LogLevel.Trace);
        builder.AddCadre();
        _app = builder.Build();
        _app.MapCadre();
        await _app.Services.GetRequiredService<Migrator>().RunAsync(TestContext.Current.CancellationToken);
        await _app.StartServiceAsync(TestContext.Current.CancellationToken);
        _channel = GrpcChannel.ForAddress(_app.AddressOf("Grpc"));

        CountyCommittee = await Organizer.CreateAsync(OrganizationKind.CountyCommittee, County);
        TownshipCommittee = await Organizer.CreateAsync(OrganizationKind.TownshipCommittee, Township, CountyCommittee);
        VillageBranch = await Organizer.CreateAsync(OrganizationKind.VillageBranch, Village, TownshipCommittee);
    }

    public async ValueTask DisposeAsync()
    {
        _channel?.Dispose();
        if (_app is not null)
        {
            await _app.StopAsync(CancellationToken.None);
            await _app.DisposeAsync();
        }

        _tokens.Dispose();
    }

    internal CadreCaller As(string role, params string[] places) => AsSubject($"test-{role}", role, places);

    internal CadreCaller AsSubject(string subject, string role, params string[] places) =>
        new(_channel!, _tokens.Issue(subject, [role], places), subject);

    /// <summary>A village of the township that no other test uses.</summary>
    public string NewVillage() => _places.TryDequeue(out var number)
        ? $"{Township}{number + 300:D3}"
        : throw new InvalidOperationException("The tests of a class used all 90 villages.");

    /// <summary>A village of its own with its branch.</summary>
    internal async Task<Organization> NewBranchAsync() =>
        await Organizer.CreateAsync(OrganizationKind.VillageBranch, NewVillage(), TownshipCommittee);

    /// <summary>Payloads of the events of a type about a subject, in the order of their sequence.</summary>
    public Task<List<string>> EventsAsync(string type, string subject) => ColumnAsync(
        "SELECT data_json FROM outbox WHERE type = $1 AND subject = $2 ORDER BY sequence", $"jiceng.cadre.{type}", subject);

    public async Task<List<string>> ColumnAsync(string sql, params string[] values)
    {
        await using var command = _app!.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var column = new List<string>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
            column.Add(reader.IsDBNull(0) ? "" : reader.GetString(0));
        return column;
    }

    private sealed class LogKeeper : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }

    private sealed class AllTakingBroker : IEventPublisher
    {
        public Task PublishAsync(string topic, ReadOnlyMemory<byte> cloudEvent, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
