using Jiceng.Cli.Processes;

namespace Jiceng.Cli.Servers;

/// <summary>The server programs of the distribution, installed with apt when missing.</summary>
internal static class ServerPrograms
{
    public static string? Redis => Tool.Find("redis-server");

    /// <summary>Folder with initdb and postgres; the newest version if there are several.</summary>
    public static string? PostgresFolder
    {
        get
        {
            var debian = new DirectoryInfo("/usr/lib/postgresql");
            var folders = debian.Exists
                ? debian.GetDirectories().OrderByDescending(d => Version.TryParse(d.Name + ".0", out var v) ? v : new Version()).Select(d => Path.Combine(d.FullName, "bin"))
                : [];
            return folders.Append(Path.GetDirectoryName(Tool.Find("initdb"))).FirstOrDefault(f => f is not null && Tool.Exists(Path.Combine(f, "postgres")));
        }
    }

    /// <summary>Installs the missing servers, and npm when required.</summary>
    public static async Task EnsureAsync(Workspace workspace, Screen screen, bool postgres, bool redis, bool npm, CancellationToken cancellationToken)
    {
        if (Tool.Find("setpriv") is null || Tool.Find("setsid") is null)
            throw new CliException("setpriv and setsid are missing; they are part of util-linux. Install it with your system's package manager.", Exit.Environment);
        var missing = Missing(postgres, redis, npm);
        if (missing.Count == 0) return;

        var names = string.Join(' ', missing);
        if (Tool.Find("apt-get") is null)
            throw CannotInstall(names, "apt-get is not available");

        var script = Path.Combine(workspace.Root, "deploy", "local", "install-packages.sh");
        string[] command = [script, .. missing];
        if (!Environment.IsPrivilegedProcess)
        {
            if (Tool.Find("sudo") is null) throw CannotInstall(names, "the installation requires root, and sudo is not available");
            // sudo cannot prompt here, because this program captures the output: only a cached password works.
            if (await Tool.RunAsync(["sudo", "-n", "true"], workspace.Root, _ => { }, cancellationToken) != 0)
                throw CannotInstall(names, "sudo requires a password; run `sudo -v` first, or install it manually");
            command = ["sudo", "-n", .. command];
        }

        await screen.StepAsync($"Installing {names} with apt", report =>
            Tool.RunRequiredAsync("apt-get", command, workspace.Root, report, cancellationToken));
        missing = Missing(postgres, redis, npm);
        if (missing.Count > 0)
            throw CannotInstall(string.Join(' ', missing), "apt-get installed it, but its programs are neither on PATH nor in the usual folders");
    }

    private static List<string> Missing(bool postgres, bool redis, bool npm)
    {
        var missing = new List<string>();
        if (redis && Redis is null) missing.Add("redis-server");
        if (postgres && PostgresFolder is null) missing.Add("postgresql");
        if (npm && Tool.Find("npm") is null) missing.Add("npm");
        return missing;
    }

    private static CliException CannotInstall(string names, string why) => new(
        $"Missing: {names}; {why}.\n  Install manually:  apt-get install {names}\n"
        + "  or use external servers: JICENG_POSTGRES='Host=…;Port=5432;Username=postgres;Password=…' JICENG_REDIS=host:6379", Exit.Environment);
}
