using System.Globalization;
using Grpc.Core;
using Jiceng.Cli;
using Jiceng.Cli.Clients;
using Jiceng.Cli.Processes;
using Jiceng.Cli.Running;
using Jiceng.Cli.Servers;
using Jiceng.TestSupport;
using Npgsql;
using PostgresServer = Jiceng.Cli.Servers.PostgresServer;

namespace Jiceng.Bench;

/// <summary>
/// A separate suite, started like ./jiceng up with its own folder, ports, PostgreSQL and Redis. Processes that die are restarted. Disposing
/// it removes everything, unless its folder is kept.
/// </summary>
internal sealed class PrivateSuite : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly PortBlock _ports;
    private readonly Screen _screen;
    private Supervisor _supervisor;
    private CancellationTokenSource _stop = new();
    private Task _watch = Task.CompletedTask;

    private PrivateSuite(PortBlock ports, Installation installation, Screen screen)
    {
        (_ports, Installation, _screen) = (ports, installation, screen);
        _supervisor = new Supervisor(installation.Workspace, screen, TimeProvider.System);
        Gateway = new Gateway(installation);
    }

    public Installation Installation { get; }

    public Gateway Gateway { get; }

    /// <summary>Keeps logs and databases as evidence.</summary>
    public bool KeepFolder { get; set; }

    public string Folder => Installation.Workspace.Data;

    public static async Task<PrivateSuite> StartAsync(Screen screen, Variant variant, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("jiceng-private-");
        // The database server runs under another account, which needs access.
        folder.UnixFileMode |= UnixFileMode.OtherExecute | UnixFileMode.GroupExecute;
        var ports = PortBlock.Claim();
        var installation = Installation.Open(folder.FullName, ports.First, TimeProvider.System, variant);
        var suite = new PrivateSuite(ports, installation, screen);
        try
        {
            await suite.StartAsync(cancellationToken);
            return suite;
        }
        catch
        {
            await suite.DisposeAsync();
            throw;
        }
    }

    /// <summary>The process with this name: grid, grid-2, scoring-sidecar, postgres, redis, gateway, ….</summary>
    public ProcessIdentity Process(string name) => Processes().Single(record => record.Name == name).Process;

    public IReadOnlyList<ProcessRecord> Processes() => new ProcessRecords(Installation.Workspace.Records).Read();

    /// <summary>Connection string of a service's database.</summary>
    public string Database(string service) => string.Create(CultureInfo.InvariantCulture,
        $"Host=127.0.0.1;Port={Installation.PostgresPort};Username=jiceng_{service};Password={Installation.Secrets.Database(service)};Database=jiceng_{service}");

    /// <summary>Administrator connection string of a service's database, for bulk loading.</summary>
    public string AdminDatabase(string service) => new Npgsql.NpgsqlConnectionStringBuilder(
        new PostgresServer(Installation.Workspace, Installation.PostgresPort, Installation.Secrets.PostgresAdmin).Admin)
    { Database = $"jiceng_{service}", CommandTimeout = 0 }.ConnectionString;

    /// <summary>Runs a command of a service, as an operator would.</summary>
    /// <returns>Its exit code.</returns>
    public Task<int> CommandAsync(string service, IEnumerable<string> command, Action<string> output, CancellationToken cancellationToken)
    {
        var app = Installation.Apps.Single(app => app.Name == service);
        return Tool.RunAsync([.. app.Command, .. command], app.Folder, output, cancellationToken, Installation.SettingsOf(app, Database(service)));
    }

    /// <summary>Headers of a caller, valid for an hour of calls.</summary>
    public CallOptions As(string role, string subject, params string[] places) => new(new Metadata
    {
        { "authorization", $"Bearer {Installation.Token(new TokenHolder(subject, subject, [role], places), TimeSpan.FromHours(1))}" },
    });

    /// <summary>
    /// Waits until everything written has been published and consumed: the effects of an import would use CPU during a measurement.
    /// </summary>
    public async Task WaitUntilIdleAsync(Action<string> report, CancellationToken cancellationToken)
    {
        var before = (Waiting: 0L, Heard: -1L);
        for (var still = 0; still < 4;)
        {
            await Task.Delay(500, cancellationToken);
            var now = (Waiting: 0L, Heard: 0L);
            foreach (var service in Installation.Services)
            {
                await using var connection = new NpgsqlConnection(Database(service));
                await connection.OpenAsync(cancellationToken);
                await using var command = new NpgsqlCommand("SELECT (SELECT count(*) FROM outbox WHERE publish_time IS NULL), (SELECT count(*) FROM inbox)", connection);
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                await reader.ReadAsync(cancellationToken);
                now = (now.Waiting + reader.GetInt64(0), now.Heard + reader.GetInt64(1));
            }

            still = now.Waiting == 0 && now == before ? still + 1 : 0;
            before = now;
            report($"{now.Waiting} events unpublished, {now.Heard} consumed");
        }
    }

    /// <summary>
    /// Stops all processes and deletes the data of PostgreSQL; Redis persists nothing. Then starts PostgreSQL with empty databases,
    /// restores them, and restarts everything.
    /// </summary>
    public async Task LoseDataAsync(Func<CancellationToken, Task> restore, CancellationToken cancellationToken)
    {
        await StopAsync();
        var server = new PostgresServer(Installation.Workspace, Installation.PostgresPort, Installation.Secrets.PostgresAdmin);
        Directory.Delete(await server.FolderAsync(cancellationToken), recursive: true);
        await using (var alone = new Supervisor(Installation.Workspace, _screen, TimeProvider.System))
        {
            await alone.StartAsync(await server.PrepareAsync(cancellationToken));
            await alone.WaitAsync("postgres", token => Databases.AnswersAsync(server.Admin, token), Patience, cancellationToken);
            foreach (var service in Installation.Services) await Databases.EnsureAsync(server.Admin, service, Installation.Secrets.Database(service), cancellationToken);
            await restore(cancellationToken);
        }

        _stop.Dispose();
        _stop = new CancellationTokenSource();
        _supervisor = new Supervisor(Installation.Workspace, _screen, TimeProvider.System);
        await StartAsync(cancellationToken);
    }

    /// <summary>Stops all processes and keeps the folder.</summary>
    public async Task StopAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync();
        await _supervisor.DisposeAsync();
        await _watch;
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        await new Suite(Installation, _supervisor, _screen).StartAsync(cancellationToken);
        _watch = _supervisor.WatchAsync(_stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        Gateway.Dispose();
        await StopAsync();
        _stop.Dispose();
        _ports.Dispose();
        if (KeepFolder) return;
        foreach (var folder in ((string[])[Folder, PostgresServer.FallbackFolder(Installation.Workspace)]).Where(Directory.Exists))
            Directory.Delete(folder, recursive: true);
    }
}
