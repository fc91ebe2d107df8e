namespace Jiceng.Sidecar.Resilience;

/// <summary>The policies of a Resiliency resource for one direction of a component. All are optional.</summary>
internal sealed record Policy(TimeSpan? Timeout, RetryRule? Retry, CircuitBreaker? Breaker)
{
    public static readonly Policy None = new(null, null, null);

    /// <summary>Runs the attempt until it succeeds or the policies give up; then throws the last failure.</summary>
    /// <param name="attempt">One attempt; its token is cancelled at the attempt's timeout.</param>
    /// <param name="time">Clock of timeouts and delays.</param>
    /// <param name="stopping">Cancels the delays between attempts, not a running attempt.</param>
    /// <param name="aborted">Cancels a running attempt.</param>
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
