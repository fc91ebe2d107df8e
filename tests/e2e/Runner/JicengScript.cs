using System.Diagnostics;
using System.Globalization;
using System.Text;
using Jiceng.Cli;
using Jiceng.Cli.Processes;
using Jiceng.Cli.Running;
using Jiceng.TestSupport;

namespace Jiceng.EndToEndTests.Runner;

/// <summary>
/// Runs ./jiceng like a user, on a separate installation with its own folder and ports. Disposing it removes everything it started.
/// </summary>
internal sealed class JicengScript : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("jiceng-up-");
    private readonly PortBlock _ports = PortBlock.Claim();
    private readonly Process _cleaner;

    public JicengScript()
    {
        // The database server runs under another account, which needs access.
        File.SetUnixFileMode(_folder.FullName, File.GetUnixFileMode(_folder.FullName) | UnixFileMode.OtherExecute | UnixFileMode.GroupExecute);
        Workspace = new Workspace(Workspace.Find(null).Root, _folder.FullName);
        _cleaner = StartCleaner();
    }

    public Workspace Workspace { get; }

    private string Script => Path.Combine(Workspace.Root, "jiceng");

    public int BasePort => _ports.First;

    public Dictionary<string, string> Environment { get; } = [];

    public IReadOnlyList<ProcessRecord> Records => new ProcessRecords(Workspace.Records).Read();

    public ProcessIdentity? Runner => RunnerState.Find(Workspace)?.Process;

    /// <summary>Runs ./jiceng up in the background, without the sample.</summary>
    public Task<Outcome> UpAsync() => RunAsync("up", "-d", "--no-demo", "--base-port", BasePort.ToString(CultureInfo.InvariantCulture));

    public async Task<Outcome> RunAsync(params string[] arguments)
    {
        using var process = await StartAsync(arguments);
        var output = new StringBuilder();
        using var late = new CancellationTokenSource(Patience);
        try
        {
            await Task.WhenAll(Collect(process.StandardOutput), Collect(process.StandardError));
            await process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"./jiceng {string.Join(' ', arguments)} did not finish within {Patience}:\n{output}");
        }

        return new Outcome(process.ExitCode, output.ToString());

        async Task Collect(StreamReader reader)
        {
            while (await reader.ReadLineAsync(late.Token) is { } line)
            {
                lock (output) output.AppendLine(line);
            }
        }
    }

    /// <summary>Starts ./jiceng without waiting for it. It ends with this process.</summary>
    public Task<Process> StartAsync(params string[] arguments)
    {
        // A test run in the background ignores SIGINT, and its children would inherit that; reset it as in a terminal.
        string[] command = ["--default-signal=INT", "setpriv", "--pdeathsig", "TERM", "--", Script, .. arguments, "--data", Workspace.Data];
        var start = new ProcessStartInfo("env", command) { WorkingDirectory = "/", RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in Environment) start.Environment[name] = value;
        return Launcher.StartAsync(start);
    }

    public async ValueTask DisposeAsync()
    {
        if (Runner is { } runner) await runner.StopAsync(ProcessIdentity.Terminate, TimeSpan.FromSeconds(60));
        await new ProcessRecords(Workspace.Records).StopAllAsync(TimeSpan.FromSeconds(5), CancellationToken.None);
        _cleaner.Kill();
        _cleaner.Dispose();
        _folder.Delete(recursive: true);
        _ports.Dispose();
    }

    /// <summary>
    /// Cleans up if this process ends early for any reason: a suite in the background has no parent. The input of the cleaner ends with this
    /// process.
    /// </summary>
    private Process StartCleaner() => Process.Start(new ProcessStartInfo(
        "setsid", ["sh", "-c", """exec >/dev/null 2>&1; cat; "$0" down --data "$1"; rm -rf "$1" """, Script, Workspace.Data])
    { WorkingDirectory = "/", RedirectStandardInput = true })!;

    /// <summary>Waits until the condition holds.</summary>
    public static async Task UntilAsync(Func<bool> holds, string what)
    {
        var start = Stopwatch.GetTimestamp();
        while (!holds())
        {
            if (Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(90)) throw new TimeoutException($"{what} did not happen");
            await Task.Delay(50);
        }
    }
}

/// <param name="ExitCode">Exit code.</param>
/// <param name="Output">Standard output and error together.</param>
internal sealed record Outcome(int ExitCode, string Output);
