using System.Net;
using System.Net.Sockets;
using Jiceng.Cli.Processes;
using Jiceng.Cli.Servers;
using Npgsql;

namespace Jiceng.Cli.Running;

/// <summary>Starts an installation: servers, migrations, and services with their sidecars.</summary>
internal sealed class Suite(Installation installation, Supervisor supervisor, Screen screen)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly HttpClient Http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(5) };

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        CheckPorts();
        var databases = await screen.StepAsync("Starting PostgreSQL and Redis", report => ServersAsync(report, cancellationToken));
        await screen.StepAsync("Migrating the databases", report => MigrateAsync(databases, report, cancellationToken));
        await screen.StepAsync($"Starting the services, each with {SidecarName()}", report => ServicesAsync(databases, report, cancellationToken));
    }

    private static string SidecarName() => Sidecars.Daprd() is { } daprd ? $"daprd ({daprd})" : "the local sidecar of tools/sidecar (no daprd here)";

    private void CheckPorts()
    {
        foreach (var (port, use) in installation.Ports())
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                // Like the servers, accept a port whose last connections are still closing.
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            }
            catch (SocketException)
            {
                throw new CliException($"Port {port} ({use}) is in use by another program. Stop that program, or take other ports: ./jiceng up --base-port {installation.Settings.BasePort + 1000}",
                    Exit.Environment);
            }
        }
    }

    private async Task<IReadOnlyDictionary<string, string>> ServersAsync(Action<string> report, CancellationToken cancellationToken)
    {
        if (Installation.ExternalRedis is null) await supervisor.StartAsync(RedisServer.Spec(installation.Workspace, installation.RedisPort));
        var admin = Installation.ExternalPostgres;
        PostgresServer? postgres = null;
        if (admin is null)
        {
            report("preparing the data folder");
            postgres = new PostgresServer(installation.Workspace, installation.PostgresPort, installation.Secrets.PostgresAdmin);
            await supervisor.StartAsync(await postgres.PrepareAsync(cancellationToken));
            admin = postgres.Admin;
        }

        report("waiting until they respond");
        await supervisor.WaitAsync("redis", ct => RedisServer.AnswersAsync(installation.Redis, ct), Patience, cancellationToken);
        try
        {
            await supervisor.WaitAsync("postgres", ct => Databases.AnswersAsync(admin, ct), Patience, cancellationToken);
        }
        catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.InvalidPassword)
        {
            var cause = postgres is null
                ? "The account or password in JICENG_POSTGRES is wrong."
                : $"The data in {await postgres.FolderAsync(cancellationToken)} was made with other passwords than those in {installation.Workspace.Keys}: "
                    + "put that folder back as it was, or start afresh with ./jiceng reset.";
            throw new CliException($"PostgreSQL rejected the login: {refused.MessageText}. {cause}", Exit.Environment);
        }

        var databases = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var service in Installation.Services)
            databases[service] = await Databases.EnsureAsync(admin, service, installation.Secrets.Database(service), cancellationToken);
        return databases;
    }

    private async Task MigrateAsync(IReadOnlyDictionary<string, string> databases, Action<string> report, CancellationToken cancellationToken)
    {
        var left = databases.Keys.ToHashSet();
        await Task.WhenAll(installation.Apps.Where(a => databases.ContainsKey(a.Name)).Select(async app =>
        {
            await Tool.RunRequiredAsync($"The migration of {app.Name}", [.. app.Command, "migrate"], app.Folder, _ => { }, cancellationToken,
                installation.SettingsOf(app, databases[app.Name]));
            lock (left)
            {
                left.Remove(app.Name);
                report($"waiting for {string.Join(", ", left.Order(StringComparer.Ordinal))}");
            }
        }));
    }

    private async Task ServicesAsync(IReadOnlyDictionary<string, string> databases, Action<string> report, CancellationToken cancellationToken)
    {
        var apps = installation.Apps;
        foreach (var app in apps)
        {
            await supervisor.StartAsync(new ChildSpec(app.Name, app.Command, app.Folder, installation.SettingsOf(app, databases.GetValueOrDefault(app.Id))));
            if (app.Sidecar is { } ports) await supervisor.StartAsync(Sidecars.Spec(installation, app, ports));
        }

        foreach (var app in apps)
        {
            report($"waiting for {app.Name}");
            await supervisor.WaitAsync(app.Name, ct => AnswersAsync($"{app.Settings["Endpoints__Http"]}/readyz", ct), Patience, cancellationToken);
            if (app.Sidecar is { } ports)
                await supervisor.WaitAsync($"{app.Name}-sidecar", ct => AnswersAsync($"http://127.0.0.1:{ports.Http}/v1.0/healthz", ct), Patience, cancellationToken);
        }
    }

    public static async Task<bool> AnswersAsync(string url, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await Http.GetAsync(url, cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }
}
