namespace Jiceng.Domain;

/// <summary>Times as they are stored.</summary>
public static class TimePrecision
{
    /// <summary>The time without what is finer than a microsecond, as PostgreSQL keeps it: it is the same before and after it was stored.</summary>
    public static DateTimeOffset TruncatedToMicroseconds(this DateTimeOffset time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerMicrosecond));
}
