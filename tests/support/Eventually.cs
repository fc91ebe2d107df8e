using System.Diagnostics;

namespace Jiceng.TestSupport;

/// <summary>Waits for what happens by itself: looks again and again until a deadline.</summary>
public static class Eventually
{
    /// <summary>Returns as soon as the condition holds, and throws when it has not by then.</summary>
    /// <param name="condition">Looks once.</param>
    /// <param name="what">What is waited for, for the message.</param>
    /// <param name="deadline">How long to wait, 90 s unless given: long, so that a loaded machine fails no test.</param>
    public static async Task HoldsAsync(Func<Task<bool>> condition, string what, TimeSpan? deadline = null)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(started) > (deadline ?? TimeSpan.FromSeconds(90))) throw new TimeoutException($"in vain: {what}");
            await Task.Delay(20);
        }
    }

    /// <summary>The same for a condition that needs no waiting itself.</summary>
    public static Task HoldsAsync(Func<bool> condition, string what, TimeSpan? deadline = null) =>
        HoldsAsync(() => Task.FromResult(condition()), what, deadline);
}
