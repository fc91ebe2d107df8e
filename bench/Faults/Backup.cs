using System.Globalization;
using Jiceng.Cli;
using Jiceng.Cli.Processes;
using Jiceng.Cli.Servers;

namespace Jiceng.Bench.Faults;

/// <summary>Dumps and restores the databases of a suite with the scripts used in the cluster.</summary>
internal sealed class Backup(PrivateSuite suite)
{
    private const string Scripts = "deploy/k8s/components/backup";

    private string Dumps => Path.Combine(suite.Folder, "backup", "drill");

    public Task DumpAsync(CancellationToken cancellationToken, params string[] services) =>
        RunAsync("backup.sh", services, cancellationToken);

    /// <summary>Restores into empty databases while no service runs.</summary>
    public Task RestoreAsync(CancellationToken cancellationToken) => RunAsync("restore.sh", [Dumps], cancellationToken);

    public IEnumerable<(string Name, long Bytes)> Files() =>
        new DirectoryInfo(Dumps).GetFiles("*.dump").OrderBy(file => file.Name).Select(file => (Path.GetFileNameWithoutExtension(file.Name), file.Length));

    private Task RunAsync(string script, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var root = suite.Installation.Workspace.Root;
        return Tool.RunRequiredAsync(script, ["bash", Path.Combine(root, Scripts, script), .. arguments], root, _ => { }, cancellationToken, new Dictionary<string, string>
        {
            ["PATH"] = $"{ServerPrograms.PostgresFolder}:{Environment.GetEnvironmentVariable("PATH")}",
            ["PGHOST"] = "127.0.0.1",
            ["PGPORT"] = suite.Installation.PostgresPort.ToString(CultureInfo.InvariantCulture),
            ["PGUSER"] = PostgresServer.AdminName,
            ["PGPASSWORD"] = suite.Installation.Secrets.PostgresAdmin,
            ["BACKUP_DIR"] = Path.GetDirectoryName(Dumps)!,
            ["BACKUP_NAME"] = Path.GetFileName(Dumps),
            ["BACKUP_PLAIN"] = "yes",
        });
    }
}
