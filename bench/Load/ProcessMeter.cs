using System.Globalization;
using Jiceng.Cli.Processes;

namespace Jiceng.Bench.Load;

/// <summary>What a process used while something was measured: share of one core, and resident memory in bytes at the end.</summary>
internal sealed record ProcessUse(string Name, double Cores, long ResidentBytes);

/// <summary>Reads from /proc what processes use. PostgreSQL is a family of processes, counted as one.</summary>
internal sealed class ProcessMeter
{
    // USER_HZ, the same on every Linux that .NET runs on.
    private const double TicksPerSecond = 100;
    private const long PageSize = 4096;
    private readonly IReadOnlyList<(string Name, int Pid)> _processes;
    private readonly Dictionary<string, double> _before;
    private readonly long _start = TimeProvider.System.GetTimestamp();

    private ProcessMeter(IReadOnlyList<(string Name, int Pid)> processes)
    {
        _processes = processes;
        _before = processes.ToDictionary(process => process.Name, process => Read(process.Pid).Seconds);
    }

    public static ProcessMeter Start(IEnumerable<ProcessRecord> records) =>
        new([.. records.Select(record => (record.Name, record.Process.Pid)), ("load", Environment.ProcessId)]);

    public IReadOnlyList<ProcessUse> Stop()
    {
        var seconds = TimeProvider.System.GetElapsedTime(_start).TotalSeconds;
        return [.. _processes.Select(process =>
        {
            var (used, resident) = Read(process.Pid);
            return new ProcessUse(process.Name, (used - _before[process.Name]) / seconds, resident);
        })];
    }

    private static (double Seconds, long Resident) Read(int pid)
    {
        try
        {
            // "pid (name) state ppid …": utime, stime and those of children that ended are fields 14 to 17, rss is field 24.
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            var (seconds, resident) = (fields[11..15].Sum(Number) / TicksPerSecond, Number(fields[21]) * PageSize);
            // What this program has started are processes of their own.
            foreach (var child in pid == Environment.ProcessId ? [] : Children(pid)) seconds += Read(child).Seconds;

            return (seconds, resident);
        }
        catch (IOException)
        {
            return (0, 0);
        }
    }

    private static IEnumerable<int> Children(int pid) =>
        Directory.EnumerateDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/task"))
            .SelectMany(task => File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(child => int.Parse(child, CultureInfo.InvariantCulture));

    private static long Number(string field) => long.Parse(field, CultureInfo.InvariantCulture);
}
