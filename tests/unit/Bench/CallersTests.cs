using Grpc.Core;
using Jiceng.Bench.Load;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Bench;

/// <summary>Durations have no upper bound, since a slow machine may take any time.</summary>
public sealed class CallersTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task ClosedAsync_Callers_WaitOnlyForTheirPreviousCall()
    {
        var (under, most) = (new int[3], new int[3]);
        var measured = await Callers.ClosedAsync(3, TimeSpan.Zero, TimeSpan.FromMilliseconds(300), async (caller, token) =>
        {
            most[caller] = Math.Max(most[caller], Interlocked.Increment(ref under[caller]));
            await Task.Delay(10, token);
            Interlocked.Decrement(ref under[caller]);
        }, Token);
        most.ShouldBe([1, 1, 1]);
        measured.Latencies.Count.ShouldBeInRange(1, 99);
        measured.Latencies.Milliseconds(0.01).ShouldBeGreaterThan(8);
        measured.Rate.ShouldBe(measured.Latencies.Count / 0.3);
    }

    [Fact]
    public async Task ClosedAsync_CallsInWarmUp_AreNotCounted()
    {
        var calls = 0;
        var measured = await Callers.ClosedAsync(1, TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(100), async (_, token) =>
        {
            // The first 10 calls are answered at once, within the warm-up; the others only after the end.
            await Task.Delay(calls++ < 10 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(1200), token);
        }, Token);
        calls.ShouldBe(11);
        measured.Latencies.Count.ShouldBe(0);
    }

    [Fact]
    public async Task ClosedAsync_FailedCalls_AreCountedByStatus()
    {
        var measured = await Callers.ClosedAsync(2, TimeSpan.Zero, TimeSpan.FromMilliseconds(100), async (caller, token) =>
        {
            await Task.Delay(1, token);
            if (caller == 1) throw new RpcException(new Status(StatusCode.Unavailable, ""));
        }, Token);
        measured.Latencies.Count.ShouldBeGreaterThan(0);
        measured.Errors.Keys.ShouldBe(["Unavailable"]);
        measured.Failed.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task ClosedAsync_OtherException_EndsTheRun() => await Should.ThrowAsync<InvalidOperationException>(() =>
        Callers.ClosedAsync(1, TimeSpan.Zero, TimeSpan.FromSeconds(60), (_, _) => throw new InvalidOperationException(), Token));

    [Fact]
    public async Task OpenAsync_SlowCalls_DoNotDelayTheNext()
    {
        var last = new TaskCompletionSource();
        var numbers = new HashSet<long>();
        // No call ends before the last one starts: a loop that waits for answers would never end.
        var measured = await Callers.OpenAsync(200, TimeSpan.FromMilliseconds(500), async (number, token) =>
        {
            lock (numbers)
            {
                numbers.Add(number);
                if (numbers.Count == 100) last.SetResult();
            }

            await last.Task.WaitAsync(token);
        }, Token);
        numbers.ShouldBe(Enumerable.Range(0, 100).Select(number => (long)number), ignoreOrder: true);
        measured.Latencies.Count.ShouldBe(100);
        // The first was due almost half a second before the last.
        measured.Latencies.Max.TotalMilliseconds.ShouldBeGreaterThan(490);
    }

    [Fact]
    public async Task OpenAsync_Stall_CountsFromTheDueTime()
    {
        // All calls wait for the first, like for a slow caller; which of them runs first does not matter.
        var first = new TaskCompletionSource();
        var measured = await Callers.OpenAsync(100, TimeSpan.FromMilliseconds(300), async (number, token) =>
        {
            if (number > 0)
            {
                await first.Task.WaitAsync(token);
                return;
            }

            await Task.Delay(600, token);
            first.SetResult();
        }, Token);
        measured.Latencies.Count.ShouldBe(30);
        measured.Latencies.Milliseconds(0.01).ShouldBeGreaterThan(290);
    }

    [Fact]
    public async Task WarmUpAsync_NoFasterTwice_Ends()
    {
        var rates = new Queue<double>([100, 150, 140, 200, 204, 190, 300]);
        await Callers.WarmUpAsync(() => Task.FromResult(rates.Dequeue()), _ => { });
        rates.ShouldBe([300]);
    }

    [Fact]
    public async Task WarmUpAsync_AlwaysFaster_EndsAtTheLimit()
    {
        var rounds = 0;
        await Callers.WarmUpAsync(() => Task.FromResult((double)(1 << rounds++)), _ => { });
        rounds.ShouldBe(10);
    }
}
