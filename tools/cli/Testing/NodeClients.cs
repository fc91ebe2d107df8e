using System.Security.Cryptography;
using Jiceng.Cli.Processes;

namespace Jiceng.Cli.Testing;

/// <summary>
/// The connectrpc.com clients and the OpenAPI validator for gateway tests, fetched from npm according to the lock file next to those tests.
/// </summary>
internal static class NodeClients
{
    /// <summary>Returns the folder that contains node_modules.</summary>
    public static async Task<string> EnsureAsync(Workspace workspace, Screen screen, CancellationToken cancellationToken)
    {
        var wanted = Path.Combine(workspace.Root, "tests", "integration", "Gateway", "node");
        var lockFile = Path.Combine(wanted, "package-lock.json");
        var version = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(lockFile, cancellationToken)))[..12];
        var folder = Path.Combine(workspace.Shared, "npm", $"clients-{version}");
        var done = Path.Combine(folder, "node_modules", ".package-lock.json");
        if (File.Exists(done)) return folder;

        await screen.StepAsync("Fetching the Connect clients and a validator from npm", async report =>
        {
            Directory.CreateDirectory(folder);
            foreach (var file in (string[])["package.json", "package-lock.json"]) File.Copy(Path.Combine(wanted, file), Path.Combine(folder, file), overwrite: true);
            await Tool.RunRequiredAsync("npm ci", ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder], folder, report, cancellationToken);
        });
        return File.Exists(done) ? folder : throw new CliException($"npm installed the Connect clients, but {done} is missing.");
    }
}
