namespace Jiceng.Domain;

/// <summary>Times as they are stored.</summary>
public static class TimePrecision
{
    /// <summary>The time truncated to microseconds, the precision of PostgreSQL, so that it is the same before and after it is stored.</summary>
    public static DateTimeOffset TruncatedToMicroseconds(this DateTimeOffset time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerMicrosecond));
}
