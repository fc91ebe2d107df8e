namespace Jiceng.Bench.Load;

/// <summary>
/// A latency histogram. Its buckets are 1/64 of their power of two wide, so a value read from it is at most 1.6 % too high. Not
/// thread-safe; merge the histograms of several workers.
/// </summary>
internal sealed class Latencies
{
    private const int Fine = 64;
    private const int FineBits = 6;
    private readonly long[] _buckets = new long[Fine * 40];

    public long Count { get; private set; }

    public TimeSpan Max { get; private set; }

    public void Add(TimeSpan latency)
    {
        var microseconds = Math.Max(0, (long)latency.TotalMicroseconds);
        _buckets[Bucket(microseconds)]++;
        Count++;
        if (latency > Max) Max = latency;
    }

    public void Add(Latencies other)
    {
        for (var i = 0; i < _buckets.Length; i++) _buckets[i] += other._buckets[i];
        Count += other.Count;
        if (other.Max > Max) Max = other.Max;
    }

    /// <summary>The latency in milliseconds that this share of the calls did not exceed; 0 without calls.</summary>
    public double Milliseconds(double share)
    {
        var wanted = (long)Math.Ceiling(Count * share);
        var seen = 0L;
        for (var i = 0; i < _buckets.Length && wanted > 0; i++)
        {
            seen += _buckets[i];
            if (seen >= wanted) return Math.Min(Upper(i) / 1000.0, Max.TotalMilliseconds);
        }

        return 0;
    }

    private static int Bucket(long microseconds)
    {
        if (microseconds < Fine) return (int)microseconds;
        var power = (int)long.Log2(microseconds) - FineBits;
        return Math.Min((power * Fine) + (int)(microseconds >> power), (Fine * 40) - 1);
    }

    private static long Upper(int bucket)
    {
        if (bucket < Fine * 2) return bucket + 1;
        var power = (bucket / Fine) - 1;
        return ((bucket - (power * Fine)) + 1L) << power;
    }
}
