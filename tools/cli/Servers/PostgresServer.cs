using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Jiceng.Cli.Processes;
using Npgsql;

namespace Jiceng.Cli.Servers;

/// <summary>The private PostgreSQL: its data folder, the account it runs under, and its databases.</summary>
internal sealed class PostgresServer(Workspace workspace, int port, string adminPassword)
{
    public const string AdminName = "jiceng_admin";

    // PostgreSQL refuses to run as root; the package creates this account.
    private readonly string? _user = Environment.IsPrivilegedProcess ? "postgres" : null;
    private readonly string _bin = ServerPrograms.PostgresFolder ?? throw new InvalidOperationException("PostgreSQL was found earlier");

    public string Admin => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = port,
        Username = AdminName,
        Password = adminPassword,
        Database = "postgres",
        Pooling = false,
    }.ConnectionString;

    /// <summary>
    /// The data folder. Inside the installation's folder, unless the server's account cannot access it: a checkout in root's home is closed
    /// to other users.
    /// </summary>
    public async Task<string> FolderAsync(CancellationToken cancellationToken)
    {
        var inside = Path.Combine(workspace.Data, "postgres");
        if (_user is null) return inside;
        var reachable = await Tool.RunAsync([.. AsUser, "test", "-x", workspace.Data], "/", _ => { }, cancellationToken) == 0;
        return reachable ? inside : FallbackFolder(workspace);
    }

    /// <summary>The data folder to use when the server's account cannot access the installation's folder.</summary>
    public static string FallbackFolder(Workspace workspace) =>
        $"/var/lib/jiceng-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(workspace.Data)))[..12]}";

    public async Task<ChildSpec> PrepareAsync(CancellationToken cancellationToken)
    {
        var folder = await FolderAsync(cancellationToken);
        var version = Path.Combine(folder, "PG_VERSION");
        if (!File.Exists(version)) await CreateAsync(folder, cancellationToken);
        else if (!_bin.Contains($"/{File.ReadAllText(version).Trim()}/", StringComparison.Ordinal) && _bin.StartsWith("/usr/lib/postgresql/", StringComparison.Ordinal))
            throw new CliException($"The data in {folder} was made by PostgreSQL {File.ReadAllText(version).Trim()}, and the newest here is {_bin}. "
                + "Install that version again, or start afresh with ./jiceng reset.", Exit.Environment);

        // A fast shutdown (SIGINT) does not wait for clients. Commit timestamps show when a row became visible.
        return new ChildSpec("postgres",
            [Path.Combine(_bin, "postgres"), "-D", folder, "-p", port.ToString(CultureInfo.InvariantCulture), "-c", "listen_addresses=127.0.0.1",
                "-c", "unix_socket_directories=", "-c", "max_connections=200", "-c", "track_commit_timestamp=on", "-c", "timezone=UTC", "-c", "log_timezone=UTC"],
            "/", new Dictionary<string, string>())
        { User = _user, StopSignal = ProcessIdentity.Interrupt, StopLast = true };
    }

    private string[] AsUser => _user is null ? [] : ["setpriv", "--reuid", _user, "--regid", _user, "--init-groups", "--"];

    private async Task CreateAsync(string folder, CancellationToken cancellationToken)
    {
        // initdb runs as this account and fills the folder.
        if (_user is not null)
            await Tool.RunRequiredAsync("install", ["install", "-d", "-m", "700", "-o", _user, "-g", _user, folder], "/", _ => { }, cancellationToken);

        // Passed in a file, because every user of the machine can see arguments.
        var password = $"{folder}.password";
        Workspace.WriteSecret(password, adminPassword);
        try
        {
            if (_user is not null) await Tool.RunRequiredAsync("chown", ["chown", _user, password], "/", _ => { }, cancellationToken);
            await Tool.RunRequiredAsync("initdb",
                [.. AsUser, Path.Combine(_bin, "initdb"), "-D", folder, "-U", AdminName, "--auth=scram-sha-256", $"--pwfile={password}",
                    "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"],
                "/", _ => { }, cancellationToken);
        }
        finally
        {
            File.Delete(password);
        }
    }
}
