using System.Diagnostics;

namespace Jiceng.SidecarConformance.Harness;

/// <summary>Polls until something holds; fails after a deadline that is generous for a loaded machine.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public static async Task<T> GetAsync<T>(Func<Task<T>> get, Func<T, bool> enough, string what)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var value = await get();
            if (enough(value)) return value;
            if (Stopwatch.GetElapsedTime(started) > Patience) throw new TimeoutException($"{what} did not come within {Patience.TotalSeconds:0} s; last seen: {value}");
            await Task.Delay(Pause, TestContext.Current.CancellationToken);
        }
    }

    public static Task HoldsAsync(Func<Task<bool>> condition, string what) => GetAsync(condition, holds => holds, what);

    public static Task HoldsAsync(Func<bool> condition, string what) => HoldsAsync(() => Task.FromResult(condition()), what);
}
