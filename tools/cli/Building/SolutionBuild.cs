using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Jiceng.Cli.Processes;

namespace Jiceng.Cli.Building;

/// <summary>Builds what a command needs with dotnet, and skips the build when no source changed.</summary>
internal sealed class SolutionBuild(Workspace workspace)
{
    private static readonly string[] SourceFolders = ["libs", "protos", "services", "tools/sidecar"];
    private static readonly string[] SourceFiles =
    [
        "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "global.json", ".editorconfig",
        // Served by the gateway.
        "CHANGELOG.md", "docs/contracts.md", "docs/errors.md",
    ];

    private string Stamp => Path.Combine(workspace.Root, "artifacts", "cli", "services.fingerprint");

    /// <summary>Builds the services and the sidecar.</summary>
    public async Task ServicesAsync(Screen screen, CancellationToken cancellationToken)
    {
        var now = Fingerprint();
        if (File.Exists(Stamp) && await File.ReadAllTextAsync(Stamp, cancellationToken) == now && Outputs().All(File.Exists)) return;
        await BuildAsync(screen, "Building the services", Path.Combine("tools", "cli", "Services.slnf"), cancellationToken);
        await File.WriteAllTextAsync(Stamp, now, cancellationToken);
    }

    /// <summary>Builds the services, the sidecar and the measurements in release.</summary>
    public Task ReleaseAsync(Screen screen, CancellationToken cancellationToken) =>
        BuildAsync(screen, "Building the release", Path.Combine("bench", "Release.slnf"), cancellationToken, "-c", "release");

    /// <summary>Builds the whole solution.</summary>
    public async Task AllAsync(Screen screen, CancellationToken cancellationToken)
    {
        var now = Fingerprint();
        await BuildAsync(screen, "Building everything", "Jiceng.slnx", cancellationToken);
        await File.WriteAllTextAsync(Stamp, now, cancellationToken);
    }

    private Task BuildAsync(Screen screen, string title, string solution, CancellationToken cancellationToken, params string[] more)
    {
        var built = 0;
        var compiler = $"jiceng-{Environment.ProcessId}";
        return screen.StepAsync(title, async report =>
        {
            try
            {
                await Tool.RunRequiredAsync("dotnet build",
                    ["dotnet", "build", solution, "--nologo", "-v", "m", "-nodeReuse:false", "-p:UseSharedCompilation=true", $"-p:SharedCompilationId={compiler}", .. more],
                    workspace.Root, Count, cancellationToken);
            }
            finally
            {
                StopCompiler(compiler);
            }

            // "  Grid -> /…/Jiceng.Grid.dll" comes once for every project.
            void Count(string line)
            {
                if (line.Contains(" -> ", StringComparison.Ordinal)) report($"{line[..line.IndexOf(" -> ", StringComparison.Ordinal)].Trim()} ({++built})");
            }
        });
    }

    /// <summary>Stops the compiler server of this build, which has a separate pipe and would otherwise stay for minutes.</summary>
    private static void StopCompiler(string name)
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)) continue;
            try
            {
                if (File.ReadAllText(Path.Combine(folder, "cmdline")).Split('\0').Contains($"-pipename:{name}")) ProcessIdentity.Of(pid)?.Signal(ProcessIdentity.Terminate);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Already ended, or owned by another user.
            }
        }
    }

    private IEnumerable<string> Outputs() => ((string[])["Cadre", "Grid", "Scoring", "Gateway", "Sidecar"])
        .Select(name => Path.Combine(workspace.Root, "artifacts", "bin", name, "debug", $"Jiceng.{name}.dll"));

    private string Fingerprint()
    {
        var text = new StringBuilder();
        var files = SourceFolders.Select(f => new DirectoryInfo(Path.Combine(workspace.Root, f))).Where(d => d.Exists)
            .SelectMany(d => d.EnumerateFiles("*", SearchOption.AllDirectories))
            .Concat(SourceFiles.Select(f => new FileInfo(Path.Combine(workspace.Root, f))).Where(f => f.Exists));
        foreach (var file in files.OrderBy(f => f.FullName, StringComparer.Ordinal))
            text.Append(CultureInfo.InvariantCulture, $"{file.FullName} {file.Length} {file.LastWriteTimeUtc.Ticks}\n");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
