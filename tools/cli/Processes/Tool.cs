using System.Diagnostics;

namespace Jiceng.Cli.Processes;

/// <summary>Runs programs to completion.</summary>
internal static class Tool
{
    /// <summary>Full path of a program on PATH or in the usual system folders, or null.</summary>
    public static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Concat(["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"])
            .Where(folder => folder.Length > 0)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(Exists);

    /// <summary>Whether the file exists; an uninstalled package can leave a dangling link.</summary>
    public static bool Exists(string path) => File.Exists(path) && (File.ResolveLinkTarget(path, returnFinalTarget: true)?.Exists ?? true);

    /// <summary>Runs a program, reports its output line by line, and returns its exit code. Cancellation stops it.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> command, string folder, Action<string> line, CancellationToken cancellationToken,
        IReadOnlyDictionary<string, string>? settings = null)
    {
        var start = new ProcessStartInfo("setpriv")
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])["--pdeathsig", "TERM", "--", .. command]) start.ArgumentList.Add(argument);
        foreach (var (name, value) in settings ?? new Dictionary<string, string>()) start.Environment[name] = value;

        using var process = await Launcher.StartAsync(start);
        var identity = ProcessIdentity.Of(process.Id);
        process.StandardInput.Close();
        var gate = new Lock();
        try
        {
            await Task.WhenAll(Pump(process.StandardOutput), Pump(process.StandardError));
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            if (identity is not null) await identity.StopAsync(ProcessIdentity.Terminate, TimeSpan.FromSeconds(5), CancellationToken.None);
            throw;
        }

        async Task Pump(StreamReader reader)
        {
            while (await reader.ReadLineAsync(cancellationToken) is { } text)
            {
                lock (gate) line(text);
            }
        }
    }

    /// <summary>Runs a program that must succeed; an error contains its output.</summary>
    public static async Task RunRequiredAsync(string what, IReadOnlyList<string> command, string folder, Action<string> report,
        CancellationToken cancellationToken, IReadOnlyDictionary<string, string>? settings = null)
    {
        var output = new Queue<string>();
        var code = await RunAsync(command, folder, Keep, cancellationToken, settings);
        if (code != 0) throw new CliException($"{what} failed (exit code {code}):\n{string.Join('\n', output)}");

        void Keep(string text)
        {
            if (string.IsNullOrWhiteSpace(text)) return;
            output.Enqueue(text);
            if (output.Count > 40) output.Dequeue();
            report(text.Trim());
        }
    }
}
