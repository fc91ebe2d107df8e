using System.Diagnostics;

namespace Jiceng.Cli.Processes;

/// <summary>A child process to start. <paramref name="User"/> is the account to run under; null for the current one.</summary>
internal sealed record ChildSpec(string Name, IReadOnlyList<string> Command, string Folder, IReadOnlyDictionary<string, string> Settings)
{
    public string? User { get; init; }

    public int StopSignal { get; init; } = ProcessIdentity.Terminate;

    /// <summary>Whether it is a server that other children need until they have stopped.</summary>
    public bool StopLast { get; init; }
}

/// <summary>
/// A running child. It has its own session, so Ctrl-C reaches only the runner; its output goes to its log; the kernel sends it the stop
/// signal when the runner dies for any reason.
/// </summary>
internal sealed class Child
{
    private readonly Process _process;

    private Child(ChildSpec spec, Process process, ProcessIdentity identity)
    {
        Spec = spec;
        _process = process;
        Identity = identity;
    }

    public ChildSpec Spec { get; }

    public ProcessIdentity Identity { get; }

    public int ExitCode => _process.ExitCode;

    public bool HasExited => _process.HasExited;

    public static async Task<Child> StartAsync(ChildSpec spec, string log, ProcessRecords records)
    {
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = spec.Folder, RedirectStandardInput = true };
        // The shell, setsid and setpriv each exec the next program, so the final process keeps the id that was started.
        foreach (var argument in (string[])["-c", """exec "$@" >>"$0" 2>&1""", log, "setsid", "setpriv", .. Privileges(spec), .. spec.Command])
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in spec.Settings) start.Environment[name] = value;

        var process = await Launcher.StartAsync(start);
        process.StandardInput.Close();
        var identity = ProcessIdentity.Of(process.Id) ?? new ProcessIdentity(process.Id, -1, "");
        records.Write(new ProcessRecord(spec.Name, identity, spec.StopSignal, spec.StopLast));
        return new Child(spec, process, identity);
    }

    public Task WaitAsync(CancellationToken cancellationToken) => _process.WaitForExitAsync(cancellationToken);

    public async Task StopAsync(TimeSpan patience, ProcessRecords records)
    {
        await Identity.StopAsync(Spec.StopSignal, patience);
        await _process.WaitForExitAsync(CancellationToken.None);
        records.Remove(Spec.Name);
    }

    private static IEnumerable<string> Privileges(ChildSpec spec)
    {
        if (spec.User is { } user) foreach (var option in (string[])["--reuid", user, "--regid", user, "--init-groups"]) yield return option;
        yield return "--pdeathsig";
        yield return spec.StopSignal == ProcessIdentity.Interrupt ? "INT" : "TERM";
        yield return "--";
    }
}
