namespace Jiceng.Gateway;

/// <summary>Logs once a second how many calls were refused as OVERLOADED, while there are any.</summary>
internal sealed partial class OverloadLog : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private readonly ILogger<OverloadLog> logger;
    private readonly ITimer timer;
    private int refused;

    public OverloadLog(TimeProvider time, ILogger<OverloadLog> logger)
    {
        this.logger = logger;
        timer = time.CreateTimer(_ => Flush(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Count()
    {
        if (Interlocked.Increment(ref refused) == 1) timer.Change(Interval, Timeout.InfiniteTimeSpan);
    }

    public void Dispose()
    {
        timer.Dispose();
        if (refused > 0) Flush();
    }

    private void Flush() => LogOverload(logger, Interlocked.Exchange(ref refused, 0));

    [LoggerMessage(LogLevel.Warning, "Calls refused within a second because there were too many (OVERLOADED): {Calls}", EventName = "overload")]
    private static partial void LogOverload(ILogger logger, int calls);
}
