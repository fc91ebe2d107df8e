using System.Collections.Concurrent;
using System.Reflection;
using Grpc.Core;
using Grpc.Net.Client;
using Jiceng.Common.V1;
using Jiceng.Grid.Events.V1;
using Jiceng.Hosting;
using Jiceng.IntegrationTests.Gateway;
using Jiceng.Messaging;
using Jiceng.Persistence;
using Jiceng.Rpc;
using Jiceng.TestSupport;
using Jiceng.Webhooks;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Jiceng.IntegrationTests.Messaging;

/// <summary>A service that publishes and hears case events, on a database of its own.</summary>
internal sealed class MessagingHost : IAsyncDisposable
{
    public const string Topic = "jiceng.grid.case.v1";
    public const string Closed = "jiceng.grid.case.closed.v1";
    private readonly WebApplication _app;
    private readonly TestTokens _tokens = new();
    private GrpcChannel? _channel;

    private MessagingHost(Setup setup, string connectionString)
    {
        var builder = ServiceHost.CreateBuilder([], setup.Service);
        var settings = new Dictionary<string, string?>(_tokens.Settings)
        {
            ["Endpoints:Grpc"] = "http://127.0.0.1:0",
            ["Endpoints:Http"] = $"http://127.0.0.1:{setup.HttpPort}",
            ["ConnectionStrings:Postgres"] = connectionString,
            ["Feeds:grid"] = "none",
            ["Feeds:Interval"] = "00:00:01",
            ["Shutdown:Timeout"] = "00:00:02",
            ["Services:Token"] = setup.FeedToken,
        };
        foreach (var (name, value) in setup.Settings) settings[name] = value;
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<ILoggerProvider>(Lines);
        builder.Services.AddPersistence(builder.Configuration, "test", Assembly.GetExecutingAssembly());
        builder.Services.AddRpc();
        builder.Services.AddSingleton(Handler);
        setup.Services?.Invoke(builder.Services);
        if (setup.Time is not null) builder.Services.AddSingleton(setup.Time);
        if (setup.Broker is not null) builder.Services.AddSingleton<IEventPublisher>(setup.Broker);
        builder.Services.AddMessaging(builder.Configuration, setup.Service);
        builder.Services.AddWebhooks(builder.Configuration);
        if (setup.Hears) builder.Services.Subscribe<CaseClosed, CaseClosedHandler>();
        if (!setup.Runs)
        {
            foreach (var hosted in builder.Services.Where(s => s.ImplementationType == typeof(OutboxRelay) || s.ImplementationType == typeof(FeedPuller)).ToList())
                builder.Services.Remove(hosted);
        }

        _app = builder.Build();
        _app.MapMessaging();
        _app.MapWebhooks();
    }

    public HandlerSwitch Handler { get; } = new();

    public LinesLogged Lines { get; } = new();

    public IServiceProvider Services => _app.Services;

    public Database Database => Services.GetRequiredService<Database>();

    public Uri Http => _app.AddressOf("Http");

    public Uri Grpc => _app.AddressOf("Grpc");

    public static async Task<MessagingHost> StartAsync(Setup? setup = null, string? connectionString = null)
    {
        var server = await PostgresServer.SharedAsync();
        var host = new MessagingHost(setup ?? new Setup(), connectionString ?? await server.CreateDatabaseAsync());
        try
        {
            await host.Services.GetRequiredService<Migrator>().RunAsync(CancellationToken.None);
            await host.ExecuteAsync("CREATE TABLE IF NOT EXISTS effect (event_id uuid NOT NULL, case_id text NOT NULL, trace_id text NOT NULL)");
            await host._app.StartServiceAsync();
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>A relay in addition to the one that runs.</summary>
    public OutboxRelay NewRelay() => ActivatorUtilities.CreateInstance<OutboxRelay>(Services);

    /// <summary>Token of a caller with these roles that this host trusts.</summary>
    public string Token(params string[] roles) => _tokens.Issue("tester", roles);

    public Common.V1.MessagingService.MessagingServiceClient Client => new(_channel ??= GrpcChannel.ForAddress(Grpc));

    /// <summary>Headers of a caller with a subject and places.</summary>
    public Metadata Caller(string subject, string[] roles, params string[] places) =>
        new() { { "authorization", $"Bearer {_tokens.Issue(subject, roles, places)}" } };

    public Metadata As(params string[] roles) => new() { { "authorization", $"Bearer {Token(roles)}" } };

    /// <summary>Headers of another system with this scope.</summary>
    public Metadata System(TimeSpan lifetime, params string[] places) =>
        new() { { "authorization", $"Bearer {_tokens.Issue("tester", ["government_system"], places, lifetime)}" } };

    /// <summary>Stops serving, as SIGTERM does.</summary>
    public Task StopAsync() => _app.StopAsync();

    public Task<Guid> PublishAsync(string caseId, Google.Protobuf.IMessage? payload = null, long sequence = 1) => Database.WriteAsync(
        new WriteContext("tester", "test"),
        (work, _) => Task.FromResult(work.Publish(
            caseId, Domain.PlaceCode.Parse("140224"), sequence, payload ?? new CaseClosed { CaseId = caseId, Sequence = sequence })),
        CancellationToken.None);

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Database.Source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Database.Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public Task<long> EffectsAsync() => ScalarAsync<long>("SELECT count(*) FROM effect");

    public async ValueTask DisposeAsync()
    {
        _channel?.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _tokens.Dispose();
    }

    internal sealed record Setup
    {
        public string Service { get; init; } = "grid";

        /// <summary>Stands in for the sidecar; null for a real one.</summary>
        public TestBroker? Broker { get; init; } = new();

        public bool Hears { get; init; } = true;

        /// <summary>Whether the relay and the feed puller run by themselves.</summary>
        public bool Runs { get; init; } = true;

        public int HttpPort { get; init; }

        public string? FeedToken { get; init; }

        /// <summary>The clock, when it is not the system's.</summary>
        public TimeProvider? Time { get; init; }

        public Dictionary<string, string?> Settings { get; init; } = [];

        /// <summary>Puts parts of the service in the place of its own.</summary>
        public Action<IServiceCollection>? Services { get; init; }
    }
}

/// <summary>Makes the handler fail or wait.</summary>
internal sealed class HandlerSwitch
{
    public Func<string, Task> Before { get; set; } = _ => Task.CompletedTask;

    public int Calls;
}

internal sealed class CaseClosedHandler(HandlerSwitch settings) : IEventHandler<CaseClosed>
{
    public async Task HandleAsync(Received<CaseClosed> received, UnitOfWork work, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref settings.Calls);
        work.ExecuteOnCommit("INSERT INTO effect VALUES (@EventId, @CaseId, @TraceId)", new { received.EventId, received.Data.CaseId, received.TraceId });
        await settings.Before(received.Data.CaseId);
    }
}

/// <summary>Keeps what is published, and fails when told to.</summary>
internal sealed class TestBroker : IEventPublisher
{
    public ConcurrentQueue<(string Topic, Envelope Event)> Published { get; } = new();

    public Func<Envelope, Task> Before { get; set; } = _ => Task.CompletedTask;

    /// <summary>Runs after an event was taken: what follows is as if the relay died.</summary>
    public Func<Envelope, Task> After { get; set; } = _ => Task.CompletedTask;

    public async Task PublishAsync(string topic, ReadOnlyMemory<byte> cloudEvent, CancellationToken cancellationToken)
    {
        var envelope = CloudEvents.Read(cloudEvent);
        await Before(envelope);
        Published.Enqueue((topic, envelope));
        await After(envelope);
    }
}
