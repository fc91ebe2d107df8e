namespace Jiceng.Gateway.Limits;

/// <summary>How often: so many a second over time, and so many at once after a pause.</summary>
internal sealed record Rate(int PerSecond, int Burst)
{
    /// <summary>
    /// What a replica takes from the shared bucket at once: a tenth of a second's worth, so that a busy caller costs ten to twenty questions a
    /// second, and a replica that took it and does not use it withholds no more than that.
    /// </summary>
    public int Lease { get; } = Math.Max(1, Math.Min(PerSecond, Burst) / 10);

    /// <summary>The shared bucket is asked again before this is used up, so that calls do not wait for the answer.</summary>
    public int LowWater => Lease / 2;

    /// <summary>What a bucket holds that held so much, so much later.</summary>
    public double After(double level, TimeSpan passed) => Math.Min(Burst, level + (Math.Max(0, passed.TotalSeconds) * PerSecond));

    /// <summary>How long until a bucket that holds so much, and less than one, holds one.</summary>
    public TimeSpan UntilOne(double level) => TimeSpan.FromSeconds((1 - level) / PerSecond);

    /// <summary>How long until a bucket that holds so much is full.</summary>
    public TimeSpan UntilFull(double level) => TimeSpan.FromSeconds((Burst - level) / PerSecond);
}
