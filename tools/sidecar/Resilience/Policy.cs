namespace Jiceng.Sidecar.Resilience;

/// <summary>What a Resiliency resource says about one direction of one component. All parts are optional.</summary>
internal sealed record Policy(TimeSpan? Timeout, RetryRule? Retry, CircuitBreaker? Breaker)
{
    public static readonly Policy None = new(null, null, null);

    /// <summary>Runs the attempt until it succeeds or the rules say to give up; then the last failure is thrown.</summary>
    /// <param name="attempt">One attempt; its token ends with the attempt's timeout.</param>
    /// <param name="time">The clock of timeouts and pauses.</param>
    /// <param name="stopping">Ends the pauses between attempts, not a running attempt.</param>
    /// <param name="aborted">Ends the running attempt.</param>
    public async Task RunAsync(Func<CancellationToken, Task> attempt, TimeProvider time, CancellationToken stopping, CancellationToken aborted)
    {
        var started = time.GetTimestamp();
        for (var attempts = 1; ; attempts++)
        {
            TimeSpan pause;
            try
            {
                await TryAsync(attempt, time, aborted);
                return;
            }
            catch (Exception e) when (
                e is not BreakerOpenException
                && !stopping.IsCancellationRequested
                && Retry?.PauseAfter(attempts, time.GetElapsedTime(started), e) is { } next)
            {
                pause = next;
            }

            await Task.Delay(pause, time, stopping);
        }
    }

    private async Task TryAsync(Func<CancellationToken, Task> attempt, TimeProvider time, CancellationToken aborted)
    {
        Breaker?.Enter();
        var success = false;
        try
        {
            await LimitAsync(attempt, time, aborted);
            success = true;
        }
        finally
        {
            Breaker?.Report(success);
        }
    }

    private async Task LimitAsync(Func<CancellationToken, Task> attempt, TimeProvider time, CancellationToken aborted)
    {
        if (Timeout is not { } limit)
        {
            await attempt(aborted);
            return;
        }

        using var timer = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, aborted);
        try
        {
            await attempt(either.Token);
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !aborted.IsCancellationRequested)
        {
            throw new TimeoutException($"no answer within {limit.TotalMilliseconds:0} ms");
        }
    }
}
