using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Grpc.Net.Client;
using Jiceng.Bench.Load;
using Jiceng.Cli;
using Jiceng.Cli.Processes;
using Jiceng.Cli.Running;
using Jiceng.Cli.Servers;
using Jiceng.Grid.V1;
using Jiceng.TestSupport;

namespace Jiceng.Bench.Runs;

/// <summary>Upper bounds of this machine, measured in the same run as the figures.</summary>
internal sealed class Limits(PrivateSuite suite, BenchSetting setting)
{
    /// <summary>
    /// Calls to a service that does nothing: directly, and through the suite's gateway with its usual token and rate checks.
    /// </summary>
    public async Task<(Measurement Direct, Measurement Gateway)> EchoAsync(IReadOnlyList<CallOptions> callers, ReportCaseRequest request)
    {
        using var ports = PortBlock.Claim();
        var records = new ProcessRecords(Directory.CreateDirectory(Path.Combine(suite.Folder, "limits")).FullName);
        var address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{ports.First}");
        var gateway = suite.Installation.Apps.Single(app => app.Sidecar is null);
        var settings = suite.Installation.SettingsOf(gateway, null);
        (settings["Endpoints__Grpc"], settings["Endpoints__Http"]) = (Local(ports.First + 1), Local(ports.First + 2));
        settings["Endpoints__Tls"] = $"https://127.0.0.1:{ports.First + 3}";
        settings["ReverseProxy__Clusters__grid__Destinations__a__Address"] = address;
        string[] echo = ["dotnet", typeof(Limits).Assembly.Location, "echo", address];
        var children = new List<Child>();
        try
        {
            children.Add(await Child.StartAsync(new ChildSpec("echo", echo, "/", new Dictionary<string, string>()), suite.Installation.Workspace.Log("echo"), records));
            children.Add(await Child.StartAsync(new ChildSpec("echo-gateway", gateway.Command, gateway.Folder, settings), suite.Installation.Workspace.Log("echo-gateway"), records));
            return (await CallAsync(address), await CallAsync(Local(ports.First + 1)));
        }
        finally
        {
            foreach (var child in children) await child.StopAsync(TimeSpan.FromSeconds(10), records);
        }

        async Task<Measurement> CallAsync(string at)
        {
            using var channel = GrpcChannel.ForAddress(at);
            var client = new CaseService.CaseServiceClient(channel);
            // The first callers wait until it listens.
            await client.ReportCaseAsync(request, callers[0].WithWaitForReady().WithDeadline(TimeProvider.System.GetUtcNow().AddSeconds(30).UtcDateTime));
            return await Callers.ClosedAsync(callers.Count, setting.WarmUp, setting.Duration, async (caller, _) => await client.ReportCaseAsync(request, callers[caller]), setting.Token);
        }

        static string Local(int port) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
    }

    /// <summary>Transactions per second of pgbench: each commits one row into the given table, from the given number of clients.</summary>
    /// <param name="table">SQL that creates a table named limit_row.</param>
    /// <param name="insert">SQL that inserts one row into it.</param>
    /// <param name="clients">Number of clients.</param>
    public async Task<double> PostgresAsync(string table, string insert, int clients)
    {
        await using (var source = Npgsql.NpgsqlDataSource.Create(suite.Database("grid")))
        await using (var command = source.CreateCommand($"DROP TABLE IF EXISTS limit_row; {table}"))
            await command.ExecuteNonQueryAsync(setting.Token);
        var script = Path.Combine(suite.Folder, "limit.sql");
        await File.WriteAllTextAsync(script, insert + ";\n", setting.Token);
        var output = await OutputAsync(
            [
                Path.Combine(ServerPrograms.PostgresFolder!, "pgbench"), "-n", "-M", "prepared", "-f", script, "-c", Text(clients), "-j", "2", "-T", Text((int)setting.Duration.TotalSeconds),
                "-h", "127.0.0.1", "-p", Text(suite.Installation.PostgresPort), "-U", "jiceng_grid", "jiceng_grid",
            ],
            new Dictionary<string, string> { ["PGPASSWORD"] = suite.Installation.Secrets.Database("grid") });
        var line = output.First(text => text.StartsWith("tps = ", StringComparison.Ordinal));
        return double.Parse(line.Split(' ')[2], CultureInfo.InvariantCulture);
    }

    /// <summary>XADD per second of redis-benchmark with a payload of the given size.</summary>
    public async Task<double> RedisAsync(int bytes, int clients)
    {
        var output = await OutputAsync(
            [
                "redis-benchmark", "-p", Text(suite.Installation.RedisPort), "-c", Text(clients), "-n", "200000", "--csv", "XADD", "limit", "MAXLEN", "~", "100000", "*", "data",
                new string('x', bytes),
            ],
            new Dictionary<string, string>());
        return double.Parse(output[^1].Split(',')[1].Trim('"'), CultureInfo.InvariantCulture);
    }

    private async Task<List<string>> OutputAsync(string[] command, Dictionary<string, string> settings)
    {
        var output = new List<string>();
        var code = await Tool.RunAsync(command, suite.Folder, output.Add, setting.Token, settings);
        return code == 0 ? output : throw new CliException($"{command[0]} ended with exit code {code}:\n{string.Join('\n', output.TakeLast(20))}");
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
