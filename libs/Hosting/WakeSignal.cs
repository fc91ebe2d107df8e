namespace Jiceng.Hosting;

/// <summary>Ends a wait early. A signal that comes while nobody waits ends the next wait at once. One waits at a time, anybody signals.</summary>
/// <param name="time">The clock of the waits.</param>
public sealed class WakeSignal(TimeProvider time)
{
    private TaskCompletionSource _set = New();

    /// <summary>Ends the wait, or the next one.</summary>
    public void Set() => Volatile.Read(ref _set).TrySetResult();

    /// <summary>Waits for a signal, and no longer than this.</summary>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> WaitAsync(TimeSpan longest, CancellationToken cancellationToken)
    {
        var set = Volatile.Read(ref _set);
        using (var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
        {
            await Task.WhenAny(set.Task, Task.Delay(longest, time, ended.Token));
            await ended.CancelAsync();
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (!set.Task.IsCompleted) return false;
        Volatile.Write(ref _set, New());
        return true;
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
