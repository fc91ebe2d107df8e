using System.Text.Json;
using System.Text.RegularExpressions;
using Jiceng.Bench.Load;
using Jiceng.Cli.Processes;

namespace Jiceng.Bench.Inputs;

/// <summary>Monitors the processes and logs of a suite under bad input.</summary>
internal sealed partial class SuiteWatch(PrivateSuite suite) : IAsyncDisposable
{
    public static readonly string[] Services = ["cadre", "grid", "scoring", "gateway"];
    private readonly IReadOnlyList<ProcessRecord> _before = suite.Processes();
    private readonly Dictionary<string, long> _first = [];
    private readonly Dictionary<string, long> _peak = [];
    private readonly CancellationTokenSource _stop = new();
    private Task _sampling = Task.CompletedTask;

    /// <summary>Resident memory of each process in MB: at the start, at its peak, and now.</summary>
    public IReadOnlyList<Memory> Memory => [.. _before.Select(record => new Memory(record.Name, _first[record.Name], _peak[record.Name], Megabytes(record.Process.Pid)))];

    public void Start()
    {
        foreach (var record in _before) _first[record.Name] = _peak[record.Name] = Megabytes(record.Process.Pid);
        _sampling = SampleAsync();
    }

    /// <summary>Processes that ended or were restarted.</summary>
    public IEnumerable<string> Deaths()
    {
        var now = suite.Processes();
        return _before.Where(record => !record.Process.Alive || now.SingleOrDefault(other => other.Name == record.Name)?.Process != record.Process).Select(record => $"{record.Name} died");
    }

    /// <summary>Log lines that report a failure or contain personal data.</summary>
    public IEnumerable<string> Logs(IReadOnlySet<string> personal)
    {
        foreach (var file in Directory.EnumerateFiles(suite.Installation.Workspace.Logs, "*.log").Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileNameWithoutExtension(file);
            foreach (var line in File.ReadLines(file))
            {
                if (Personal().Matches(line).Any(match => personal.Contains(match.Value))) yield return $"{name} logs personal data: {Truncate(line)}";
                if (Services.Contains(name) && IsFailure(line)) yield return $"{name} logs a failure: {Truncate(line)}";
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _sampling;
        _stop.Dispose();
    }

    private static bool IsFailure(string line)
    {
        if (line.Contains("Unhandled", StringComparison.OrdinalIgnoreCase)) return true;
        // The runtime writes plain text; in a healthy service no line starts like this.
        if (!line.StartsWith('{')) return line.StartsWith("   at ", StringComparison.Ordinal);
        using var entry = JsonDocument.Parse(line);
        // Kestrel logs a flood of pings or resets, whose connection it closes. Operators should see these.
        if (entry.RootElement.TryGetProperty("event", out var what) && what.GetString() is "Http2QueueOperationsExceeded" or "ApplicationNeverCompleted") return false;
        return entry.RootElement.TryGetProperty("level", out var level) && level.GetString() is "error" or "fatal";
    }

    private static string Truncate(string line) => line.Length > 900 ? line[..900] + "…" : line;

    private async Task SampleAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            foreach (var record in _before) _peak[record.Name] = Math.Max(_peak[record.Name], Megabytes(record.Process.Pid));
            await Task.Delay(250, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static long Megabytes(int pid) => ProcessMeter.ResidentBytes(pid) / 1024 / 1024;

    /// <summary>Matches resident ids and mobile numbers.</summary>
    [GeneratedRegex(@"(?<![0-9A-Za-z])(\d{17}[\dX]|1\d{10})(?![0-9A-Za-z])")]
    private static partial Regex Personal();
}

/// <summary>Resident memory of a process in MB.</summary>
internal sealed record Memory(string Name, long Before, long Peak, long After);
