using System.Net.NetworkInformation;
using Jiceng.Cli.Processes;
using Jiceng.TestSupport;

namespace Jiceng.Bench.Faults;

/// <summary>Tracks every process of a suite and finds those still running after it was stopped.</summary>
internal sealed class Leftovers(PrivateSuite suite)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private readonly HashSet<(string Name, ProcessIdentity Process)> _seen = [];

    /// <summary>Number of processes seen.</summary>
    public int Seen => _seen.Count;

    /// <summary>Polls the running processes.</summary>
    public async Task WatchAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            foreach (var record in suite.Processes()) _seen.Add((record.Name, record.Process));
            await Task.Delay(Interval, TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// What remains after the stop: known processes, processes working in the suite's folder, and listeners on its ports.
    /// </summary>
    public IReadOnlyList<string> Find()
    {
        var first = suite.Installation.Settings.BasePort;
        var listening = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(listener => listener.Port)
            .Where(port => port >= first && port < first + PortBlock.Usable).Select(port => $"something listens on port {port}");
        return [.. _seen.Where(one => one.Process.Alive).Select(one => $"{one.Name} (process {one.Process.Pid})"), .. AtWork(), .. listening];
    }

    private IEnumerable<string> AtWork()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)))
        {
            if (Read(() => File.ReadAllText(Path.Combine(folder, "stat"))).Contains(") Z ", StringComparison.Ordinal)) continue;
            var command = Read(() => File.ReadAllText(Path.Combine(folder, "cmdline")));
            var place = Read(() => new FileInfo(Path.Combine(folder, "cwd")).LinkTarget ?? "");
            if (command.Contains(suite.Folder, StringComparison.Ordinal) || place.StartsWith(suite.Folder, StringComparison.Ordinal))
                yield return $"process {Path.GetFileName(folder)}: {command.Replace('\0', ' ')}";
        }

        static string Read(Func<string> read)
        {
            try
            {
                return read();
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                return "";
            }
        }
    }
}
