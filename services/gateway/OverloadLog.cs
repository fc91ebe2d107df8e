namespace Jiceng.Gateway;

/// <summary>Logs once a second how many calls were refused as OVERLOADED, while there are any.</summary>
internal sealed partial class OverloadLog : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private readonly ILogger<OverloadLog> _logger;
    private readonly ITimer _timer;
    private int _refused;

    public OverloadLog(TimeProvider time, ILogger<OverloadLog> logger)
    {
        _logger = logger;
        _timer = time.CreateTimer(_ => Flush(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Count()
    {
        if (Interlocked.Increment(ref _refused) == 1) _timer.Change(Interval, Timeout.InfiniteTimeSpan);
    }

    public void Dispose()
    {
        _timer.Dispose();
        if (_refused > 0) Flush();
    }

    private void Flush() => LogOverload(_logger, Interlocked.Exchange(ref _refused, 0));

    [LoggerMessage(LogLevel.Warning, "Calls refused within a second because there were too many (OVERLOADED): {Calls}", EventName = "overload")]
    private static partial void LogOverload(ILogger logger, int calls);
}
