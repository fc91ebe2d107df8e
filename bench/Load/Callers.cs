using Grpc.Core;

namespace Jiceng.Bench.Load;

/// <summary>Makes load.</summary>
internal static class Callers
{
    private const int MostRounds = 10;
    private const double Faster = 0.05;

    /// <summary>How long one round of warming up is.</summary>
    public static readonly TimeSpan Round = TimeSpan.FromSeconds(8);

    /// <summary>A fixed number of callers, each of which makes its next call when the last one was answered (closed loop).</summary>
    /// <param name="count">How many.</param>
    /// <param name="warmUp">Not counted.</param>
    /// <param name="duration">Counted.</param>
    /// <param name="call">Makes one call for the caller of this number.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public static async Task<Measured> ClosedAsync(
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
                // Counted by when it was answered: what was under way at the begin and at the end evens out.
                if (after >= warmUp && after < end) tally.Add(after - before, error);
            }
        }, cancellationToken)));
        return Tally.Merge(tallies, duration.TotalSeconds);
    }

    /// <summary>
    /// Makes the same load again and again until it twice did not get faster: what the services compile while they run, they have compiled then.
    /// </summary>
    /// <param name="load">Makes the load, for about one <see cref="Round"/>, and tells its rate.</param>
    /// <param name="report">Is told each rate.</param>
    public static async Task WarmUpAsync(Func<Task<double>> load, Action<string> report)
    {
        var (best, idle) = (0.0, 0);
        for (var round = 1; round <= MostRounds && idle < 2; round++)
        {
            var rate = await load();
            report(FormattableString.Invariant($"{rate:0} a second"));
            idle = rate < best * (1 + Faster) ? idle + 1 : 0;
            best = Math.Max(best, rate);
        }
    }

    /// <summary>
    /// Calls that come at a fixed rate whether or not earlier ones were answered (open loop). How long one took counts from when it was
    /// due, so a stall shows in every call that it held up.
    /// </summary>
    /// <param name="rate">Calls per second.</param>
    /// <param name="duration">How long they come; what is under way at the end is awaited.</param>
    /// <param name="call">Makes the call of this number.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public static async Task<Measured> OpenAsync(
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
            for (; number < due; number++) under.Add(OneAsync(number));
            // The timer of the system is not finer.
            await Task.Delay(1, cancellationToken);
            if (under.Count > 10_000) under.RemoveAll(task => task.IsCompletedSuccessfully);
        }

        await Task.WhenAll(under);
        return Tally.Merge([tally], duration.TotalSeconds);

        async Task OneAsync(long number)
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
