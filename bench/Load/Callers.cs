using Grpc.Core;

namespace Jiceng.Bench.Load;

/// <summary>Generates load.</summary>
internal static class Callers
{
    private const int MaxRounds = 10;
    private const double MinImprovement = 0.05;

    /// <summary>Length of a warm-up round.</summary>
    public static readonly TimeSpan Round = TimeSpan.FromSeconds(8);

    /// <summary>Closed loop: a fixed number of callers, each of which makes its next call when the previous one is answered.</summary>
    /// <param name="count">Number of callers.</param>
    /// <param name="warmUp">Initial time that is not measured.</param>
    /// <param name="duration">Measurement time.</param>
    /// <param name="call">Makes a call for the caller with this number.</param>
    /// <param name="cancellationToken">Cancels the load.</param>
    public static async Task<Measurement> ClosedAsync(
        int count, TimeSpan warmUp, TimeSpan duration, Func<int, CancellationToken, Task> call, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        var end = warmUp + duration;
        var tallies = await Task.WhenAll(Enumerable.Range(0, count).Select(caller => Task.Run(async () =>
        {
            var tally = new Tally();
            while (true)
            {
                var before = TimeProvider.System.GetElapsedTime(start);
                if (before >= end) return tally;
                var error = await ErrorOfAsync(() => call(caller, cancellationToken));
                var after = TimeProvider.System.GetElapsedTime(start);
                // Counted by completion time: calls in flight at the start and at the end cancel out.
                if (after >= warmUp && after < end) tally.Add(after - before, error);
            }
        }, cancellationToken)));
        return Tally.Merge(tallies, duration.TotalSeconds);
    }

    /// <summary>Repeats the load until two rounds in a row are no faster; by then tiered compilation has finished.</summary>
    /// <param name="load">Runs the load for about one <see cref="Round"/> and returns its rate.</param>
    /// <param name="report">Reports each rate.</param>
    public static async Task WarmUpAsync(Func<Task<double>> load, Action<string> report)
    {
        var (best, idle) = (0.0, 0);
        for (var round = 1; round <= MaxRounds && idle < 2; round++)
        {
            var rate = await load();
            report(FormattableString.Invariant($"{rate:0} a second"));
            idle = rate < best * (1 + MinImprovement) ? idle + 1 : 0;
            best = Math.Max(best, rate);
        }
    }

    /// <summary>
    /// Open loop: calls start at a fixed rate whether or not earlier ones are answered. Latency counts from the due time, so a stall shows
    /// in every call it delays.
    /// </summary>
    /// <param name="rate">Calls per second.</param>
    /// <param name="duration">Time during which calls start; calls in flight at the end are awaited.</param>
    /// <param name="call">Makes the call with this number.</param>
    /// <param name="cancellationToken">Cancels the load.</param>
    public static async Task<Measurement> OpenAsync(
        double rate, TimeSpan duration, Func<long, CancellationToken, Task> call, CancellationToken cancellationToken)
    {
        var total = (long)(rate * duration.TotalSeconds);
        var start = TimeProvider.System.GetTimestamp();
        var under = new List<Task>();
        var tally = new Tally();
        for (long number = 0; number < total;)
        {
            var now = TimeProvider.System.GetElapsedTime(start);
            var due = Math.Min(total, (long)(now.TotalSeconds * rate) + 1);
            for (; number < due; number++) under.Add(MeasureAsync(number));
            // The system timer has a resolution of 1 ms.
            await Task.Delay(1, cancellationToken);
            if (under.Count > 10_000) under.RemoveAll(task => task.IsCompletedSuccessfully);
        }

        await Task.WhenAll(under);
        return Tally.Merge([tally], duration.TotalSeconds);

        async Task MeasureAsync(long number)
        {
            await Task.Yield();
            var error = await ErrorOfAsync(() => call(number, cancellationToken));
            var due = TimeSpan.FromSeconds(number / rate);
            var took = TimeProvider.System.GetElapsedTime(start) - due;
            lock (tally) tally.Add(took, error);
        }
    }

    private static async Task<string?> ErrorOfAsync(Func<Task> call)
    {
        try
        {
            await call();
            return null;
        }
        catch (RpcException refused)
        {
            return refused.StatusCode.ToString();
        }
    }
}
