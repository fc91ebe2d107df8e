using Jiceng.Cli.Processes;

namespace Jiceng.Cli.Testing;

/// <summary>buf lints the protos, and buf curl is the tests' independent gRPC client. Fetched from npm when not on PATH.</summary>
internal static class Buf
{
    public const string Version = "1.75.0";

    public static async Task<string> EnsureAsync(Workspace workspace, Screen screen, CancellationToken cancellationToken)
    {
        if (Tool.Find("buf") is { } onPath) return onPath;
        var folder = Path.Combine(workspace.Shared, "npm", $"buf-{Version}");
        var program = Path.Combine(folder, "node_modules", ".bin", "buf");
        if (File.Exists(program)) return program;

        if (Tool.Find("npm") is null)
            throw new CliException("npm is missing; the tests use it to fetch buf. Install it (apt-get install npm), or put buf on PATH.", Exit.Environment);
        await screen.StepAsync($"Fetching buf {Version} from npm", async report =>
        {
            Directory.CreateDirectory(folder);
            await Tool.RunRequiredAsync("npm install", ["npm", "install", "--no-audit", "--no-fund", "--prefix", folder, $"@bufbuild/buf@{Version}"], folder, report, cancellationToken);
        });
        return File.Exists(program) ? program : throw new CliException($"npm installed @bufbuild/buf {Version}, but {program} is missing.");
    }
}
