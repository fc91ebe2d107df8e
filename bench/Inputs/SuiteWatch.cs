using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Jiceng.Cli.Processes;

namespace Jiceng.Bench.Inputs;

/// <summary>Looks at the processes of a suite and at what they log while it is treated badly.</summary>
internal sealed partial class SuiteWatch(PrivateSuite suite) : IAsyncDisposable
{
    private static readonly string[] Services = ["cadre", "grid", "scoring", "gateway"];
    private readonly IReadOnlyList<ProcessRecord> _before = suite.Processes();
    private readonly Dictionary<string, long> _most = [];
    private readonly CancellationTokenSource _stop = new();
    private Task _sampling = Task.CompletedTask;

    /// <summary>Most resident memory that each process was seen with, in MB.</summary>
    public IReadOnlyDictionary<string, long> Most => _most;

    public void Start() => _sampling = SampleAsync();

    public long Resident(string name) => Megabytes(_before.Single(record => record.Name == name).Process.Pid);

    /// <summary>Memory that processes hold and held, against what they may.</summary>
    public IEnumerable<string> Memory(long mostMegabytes, long afterMegabytes)
    {
        foreach (var name in Services)
        {
            if (_most.GetValueOrDefault(name) > mostMegabytes) yield return $"{name} held {_most[name]} MB, more than {mostMegabytes}";
            if (Resident(name) > afterMegabytes) yield return $"{name} still holds {Resident(name)} MB, more than {afterMegabytes}";
        }
    }

    /// <summary>Processes that ended or were started again.</summary>
    public IEnumerable<string> Deaths()
    {
        var now = suite.Processes();
        return _before.Where(record => !record.Process.Alive || now.SingleOrDefault(other => other.Name == record.Name)?.Process != record.Process).Select(record => $"{record.Name} died");
    }

    /// <summary>Lines that tell of a failure, and lines that tell who somebody is.</summary>
    public IEnumerable<string> Logs(IReadOnlySet<string> personal)
    {
        foreach (var file in Directory.EnumerateFiles(suite.Installation.Workspace.Logs, "*.log").Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileNameWithoutExtension(file);
            foreach (var line in File.ReadLines(file))
            {
                if (Personal().Matches(line).Any(match => personal.Contains(match.Value))) yield return $"{name} logs personal data: {Cut(line)}";
                if (Services.Contains(name) && IsFailure(line)) yield return $"{name} logs a failure: {Cut(line)}";
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
        // What is no JSON was written by the runtime: it does not start so in a service that is well.
        if (!line.StartsWith('{')) return line.StartsWith("   at ", StringComparison.Ordinal);
        using var entry = JsonDocument.Parse(line);
        return entry.RootElement.TryGetProperty("level", out var level) && level.GetString() is "error" or "fatal";
    }

    private static string Cut(string line) => line.Length > 900 ? line[..900] + "…" : line;

    private async Task SampleAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            foreach (var record in _before) _most[record.Name] = Math.Max(_most.GetValueOrDefault(record.Name), Megabytes(record.Process.Pid));
            await Task.Delay(250, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static long Megabytes(int pid)
    {
        try
        {
            var fields = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/statm")).Split(' ');
            return long.Parse(fields[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize / 1024 / 1024;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>What looks like a resident id or a mobile number.</summary>
    [GeneratedRegex(@"(?<![0-9A-Za-z])(\d{17}[\dX]|1\d{10})(?![0-9A-Za-z])")]
    private static partial Regex Personal();
}
