using System.Collections.Concurrent;
using System.Diagnostics;

namespace Jiceng.Cli.Processes;

/// <summary>
/// Starts processes from one thread that lives as long as this process. The kernel sends the parent-death signal when the *thread* that
/// started a child ends, and pool threads come and go.
/// </summary>
internal static class Launcher
{
    private static readonly BlockingCollection<Action> Orders = Start();

    public static async Task<Process> StartAsync(ProcessStartInfo start)
    {
        var answer = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        Orders.Add(() =>
        {
            try
            {
                answer.SetResult(Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} could not be started"));
            }
            catch (Exception e)
            {
                answer.SetException(e);
            }
        });
        return await answer.Task;
    }

    private static BlockingCollection<Action> Start()
    {
        var orders = new BlockingCollection<Action>();
        var thread = new Thread(() =>
        {
            foreach (var order in orders.GetConsumingEnumerable()) order();
        })
        { IsBackground = true, Name = "launcher" };
        thread.Start();
        return orders;
    }
}
