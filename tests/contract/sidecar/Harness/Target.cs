using System.Diagnostics;

namespace Jiceng.SidecarConformance.Harness;

/// <summary>The sidecar under test: the test double, or the daprd in JICENG_DAPRD.</summary>
internal static class Target
{
    private const string DoubleName = "Jiceng.Sidecar";
    private static readonly Version Least = new(1, 17);

    public static string? Daprd { get; } = Environment.GetEnvironmentVariable("JICENG_DAPRD") is { Length: > 0 } path ? path : null;

    /// <summary>For the few tests of double-only promises.</summary>
    public static bool IsDouble => Daprd is null;

    public static string Program { get; } = Daprd ?? FindDouble();

    /// <summary>The reported version, validated because older daprd versions acknowledge differently.</summary>
    public static async Task<string> CheckedVersionAsync()
    {
        using var process = Process.Start(new ProcessStartInfo(Program, ["--version"]) { RedirectStandardOutput = true })!;
        var version = (await process.StandardOutput.ReadToEndAsync()).Trim();
        await process.WaitForExitAsync();
        if (Version.TryParse(version.TrimStart('v').Split('-', '+')[0], out var number) && number < Least)
            throw new InvalidOperationException($"{Program} is {version}; the suite describes daprd {Least} and newer");
        return version;
    }

    private static string FindDouble()
    {
        if (Environment.GetEnvironmentVariable("JICENG_SIDECAR") is { Length: > 0 } named) return named;
        var bundled = Path.Combine(AppContext.BaseDirectory, "sidecar", DoubleName);
        if (File.Exists(bundled)) return bundled;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            foreach (var configuration in (string[])["debug", "release"])
            {
                var built = Path.Combine(folder.FullName, "artifacts", "bin", "Sidecar", configuration, DoubleName);
                if (File.Exists(built)) return built;
            }
        }

        throw new FileNotFoundException($"no {DoubleName} in the tests' folder sidecar or in artifacts/bin/Sidecar; build tools/sidecar or set JICENG_SIDECAR or JICENG_DAPRD");
    }
}
