namespace Jiceng.UnitTests.Gateway;

/// <summary>A clock that stands until it is moved.</summary>
internal sealed class MovedClock : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 4, 0, 0, TimeSpan.Zero);

    public TimeSpan Passed { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Passed.Ticks;

    public override DateTimeOffset GetUtcNow() => Start + Passed;
}
