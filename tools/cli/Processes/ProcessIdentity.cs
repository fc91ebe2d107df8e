using System.Globalization;
using System.Runtime.InteropServices;

namespace Jiceng.Cli.Processes;

/// <summary>
/// One process and no other: a process id is used again after its process ended, but never with the same start time in the same boot.
/// </summary>
internal sealed partial record ProcessIdentity(int Pid, long StartTicks, string Boot)
{
    public const int Interrupt = 2;
    public const int Kill = 9;
    public const int Terminate = 15;

    private static readonly string CurrentBoot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    public bool Alive => Of(Pid) == this;

    /// <summary>The process with this id, or null when there is none or it has ended and only waits to be reaped.</summary>
    public static ProcessIdentity? Of(int pid)
    {
        try
        {
            // "pid (name) state ppid …": the name may hold blanks and brackets, so count from the last bracket. Start time is field 22.
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : new ProcessIdentity(pid, long.Parse(fields[19], CultureInfo.InvariantCulture), CurrentBoot);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Sends the signal to this process; nothing happens when it has ended, even if its id is taken by another.</summary>
    public void Signal(int signal)
    {
        if (Alive) _ = SendSignal(Pid, signal);
    }

    /// <summary>Asks the process to end, waits, and ends it by force when it does not.</summary>
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
