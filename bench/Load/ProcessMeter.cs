using System.Globalization;
using Jiceng.Cli.Processes;

namespace Jiceng.Bench.Load;

/// <summary>Resource use of a process during a measurement: CPU in cores, and resident memory in bytes at the end.</summary>
internal sealed record ProcessUse(string Name, double Cores, long ResidentBytes);

/// <summary>Reads the resource use of processes from /proc. PostgreSQL's processes count as one.</summary>
internal sealed class ProcessMeter
{
    // USER_HZ, which is 100 on every Linux that .NET supports.
    private const double TicksPerSecond = 100;
    private readonly IReadOnlyList<(string Name, int Pid)> _processes;
    private readonly Dictionary<string, double> _before;
    private readonly long _start = TimeProvider.System.GetTimestamp();

    private ProcessMeter(IReadOnlyList<(string Name, int Pid)> processes)
    {
        _processes = processes;
        _before = processes.ToDictionary(process => process.Name, process => Seconds(process.Pid));
    }

    public static ProcessMeter Start(IEnumerable<ProcessRecord> records) =>
        new([.. records.Select(record => (record.Name, record.Process.Pid)), ("load", Environment.ProcessId)]);

    /// <summary>Resident memory of a process without its children; 0 when it has ended.</summary>
    public static long ResidentBytes(int pid)
    {
        try
        {
            var pages = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/statm")).Split(' ');
            return Number(pages[1]) * Environment.SystemPageSize;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    public IReadOnlyList<ProcessUse> Stop()
    {
        var seconds = TimeProvider.System.GetElapsedTime(_start).TotalSeconds;
        return [.. _processes.Select(process =>
            new ProcessUse(process.Name, (Seconds(process.Pid) - _before[process.Name]) / seconds, ResidentBytes(process.Pid)))];
    }

    private static double Seconds(int pid)
    {
        try
        {
            // "pid (name) state ppid …": utime, stime and those of reaped children are fields 14 to 17.
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            // The children of this program are measured as separate processes.
            var children = pid == Environment.ProcessId ? [] : Children(pid);
            return (fields[11..15].Sum(Number) / TicksPerSecond) + children.Sum(Seconds);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static IEnumerable<int> Children(int pid) =>
        Directory.EnumerateDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/task"))
            .SelectMany(task => File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(child => int.Parse(child, CultureInfo.InvariantCulture));

    private static long Number(string field) => long.Parse(field, CultureInfo.InvariantCulture);
}
