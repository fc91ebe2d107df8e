using System.Diagnostics;

namespace Jiceng.ContractTests;

/// <summary>buf, which checks the proto files: comments, names, format and breaking changes.</summary>
internal static class BufProgram
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static string Root { get; } = FindRoot();

    /// <summary>Runs buf in a folder with a buf.yaml.</summary>
    /// <returns>Exit code and complete output.</returns>
    public static async Task<(int Code, string Printed)> RunAsync(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(Find()) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start) ?? throw new InvalidOperationException("buf could not be started.");
        using var late = new CancellationTokenSource(Patience);
        try
        {
            var printed = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(late.Token), process.StandardError.ReadToEndAsync(late.Token));
            await process.WaitForExitAsync(late.Token);
            return (process.ExitCode, string.Concat(printed));
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"buf {string.Join(' ', arguments)} was still running after {Patience.TotalMinutes} minutes.");
        }
    }

    private static string Find()
    {
        var given = Environment.GetEnvironmentVariable("JICENG_BUF");
        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Where(folder => folder.Length > 0)
            .Select(folder => Path.Combine(folder, "buf"));
        string?[] places = [given, .. onPath, Path.Combine(Root, ".local", "node_modules", ".bin", "buf")];
        return places.FirstOrDefault(File.Exists) ?? throw new FileNotFoundException(
            "buf is not here. Run the tests by ./jiceng test, which fetches it; or: npm install --prefix .local @bufbuild/buf@1.75.0; or set JICENG_BUF to the program.");
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "buf.yaml"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds buf.yaml.");
    }
}
