using Jiceng.Cli.Processes;

namespace Jiceng.Cli.Running;

/// <summary>
/// Supervises the children of an installation. During the start, the death of a child is an error; afterwards it is restarted, with
/// increasing delays.
/// </summary>
internal sealed class Supervisor(Workspace workspace, Screen screen, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ShortLife = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly List<Child> _children = [];
    private readonly ProcessRecords _records = new(workspace.Records);
    private bool _stopping;

    public async Task StartAsync(ChildSpec spec)
    {
        var log = workspace.Log(spec.Name);
        // Keep one old log: after a restart, users look for its cause there.
        if (File.Exists(log)) File.Move(log, log + ".1", overwrite: true);
        _children.Add(await Child.StartAsync(spec, log, _records));
    }

    /// <summary>Waits until the check succeeds. A child that ends meanwhile fails the wait with the last lines of its log.</summary>
    public async Task WaitAsync(string what, Func<CancellationToken, Task<bool>> check, TimeSpan patience, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        while (!await check(cancellationToken))
        {
            if (_children.FirstOrDefault(c => c.HasExited) is { } dead)
                throw new CliException($"{dead.Spec.Name} ended with exit code {dead.ExitCode} while waiting for {what}.\n{LastLines(dead.Spec.Name)}");
            if (time.GetElapsedTime(start) > patience)
                throw new CliException($"{what} was not ready within {patience.TotalSeconds:0} s.\n{LastLines(what)}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), time, cancellationToken);
        }
    }

    /// <summary>Watches the children until cancelled, and restarts those that die.</summary>
    public Task WatchAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, _children.Count).Select(place => KeepAsync(place, cancellationToken)));

    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        // Callers first, then what they call.
        foreach (var group in _children.GroupBy(c => c.Spec.StopLast).OrderBy(g => g.Key))
            await Task.WhenAll(group.Select(c => c.StopAsync(Patience, _records)));
    }

    private async Task KeepAsync(int place, CancellationToken cancellationToken)
    {
        var pause = TimeSpan.FromSeconds(1);
        try
        {
            while (true)
            {
                var child = _children[place];
                var start = time.GetTimestamp();
                await child.WaitAsync(cancellationToken);
                if (_stopping) return;
                pause = time.GetElapsedTime(start) < ShortLife ? Min(pause * 2, LongestPause) : TimeSpan.FromSeconds(1);
                screen.Note($"{child.Spec.Name} ended with exit code {child.ExitCode}; it restarts in {pause.TotalSeconds:0} s. ./jiceng logs {child.Spec.Name}");
                await Task.Delay(pause, time, cancellationToken);
                _children[place] = await Child.StartAsync(child.Spec, workspace.Log(child.Spec.Name), _records);
            }
        }
        catch (OperationCanceledException)
        {
            // The suite is stopping.
        }
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private string LastLines(string name)
    {
        var log = workspace.Log(name);
        return File.Exists(log) ? $"Last lines of {log}:\n{string.Join('\n', LogFile.Last(log, 20))}" : "";
    }
}
