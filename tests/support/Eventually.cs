using System.Diagnostics;

namespace Jiceng.TestSupport;

/// <summary>Polls for an asynchronous condition until a deadline.</summary>
public static class Eventually
{
    /// <summary>Returns when the condition holds; throws when it does not by the deadline.</summary>
    /// <param name="condition">Checks once.</param>
    /// <param name="what">Description of the condition, for the message.</param>
    /// <param name="deadline">Time to wait; 90 s by default, so that a slow machine fails no test.</param>
    public static async Task HoldsAsync(Func<Task<bool>> condition, string what, TimeSpan? deadline = null)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(started) > (deadline ?? TimeSpan.FromSeconds(90))) throw new TimeoutException($"timed out waiting for {what}");
            await Task.Delay(20);
        }
    }

    /// <summary>Polls a synchronous condition.</summary>
    public static Task HoldsAsync(Func<bool> condition, string what, TimeSpan? deadline = null) =>
        HoldsAsync(() => Task.FromResult(condition()), what, deadline);
}
