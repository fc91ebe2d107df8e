using System.Globalization;
using System.Runtime.InteropServices;

namespace Jiceng.Cli.Processes;

/// <summary>Identifies a process unambiguously: process ids are reused, but never with the same start time in the same boot.</summary>
internal sealed partial record ProcessIdentity(int Pid, long StartTicks, string Boot)
{
    public const int Interrupt = 2;
    public const int Kill = 9;
    public const int Terminate = 15;

    private static readonly string CurrentBoot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    public bool Alive => Of(Pid) == this;

    /// <summary>The process with this id; null when there is none or it is a zombie.</summary>
    public static ProcessIdentity? Of(int pid)
    {
        try
        {
            // "pid (name) state ppid …": the name may contain spaces and parentheses, so count from the last parenthesis. Start time is
            // field 22.
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : new ProcessIdentity(pid, long.Parse(fields[19], CultureInfo.InvariantCulture), CurrentBoot);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Sends a signal to this process; does nothing when it has ended, even if its id was reused.</summary>
    public void Signal(int signal)
    {
        if (Alive) _ = SendSignal(Pid, signal);
    }

    /// <summary>Asks the process to stop, waits, and kills it when it does not.</summary>
    public async Task StopAsync(int signal, TimeSpan patience, CancellationToken cancellationToken = default)
    {
        Signal(signal);
        var deadline = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        while (Alive && Environment.TickCount64 < deadline) await Task.Delay(50, cancellationToken);
        Signal(Kill);
        while (Alive) await Task.Delay(10, cancellationToken);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int pid, int signal);
}
