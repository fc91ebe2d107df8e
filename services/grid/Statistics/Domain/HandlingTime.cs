namespace Jiceng.Grid.Statistics.Domain;

/// <summary>
/// Handling times by class: how many are in it, and their sum. A class is 2 % wide (below 50 minutes one minute), so that a percentile is
/// at most that far from the one of the single times; and exact where the cases of a class took equally long, or there is one.
/// </summary>
internal sealed class HandlingTime
{
    /// <summary>Added to the number of a class, so that it is none of <see cref="Counted"/>.</summary>
    public const int FirstClass = 100;

    /// <summary>Seconds below which classes are as wide as each other.</summary>
    public const int Even = 3000;

    /// <summary>How much longer the times of a class are than those of the one before.</summary>
    public const double Growth = 1.02;

    private const double MicrosPerHour = 3_600_000_000;
    private (long Number, long Micros)[] _classes = [];

    public void Add(int number, long cases, long micros)
    {
        var index = number - FirstClass;
        if (index >= _classes.Length) Array.Resize(ref _classes, Math.Max(index + 1, _classes.Length * 2));
        var there = _classes[index];
        _classes[index] = (there.Number + cases, there.Micros + micros);
    }

    /// <summary>Hours below which this part of the cases was handled, between two cases in proportion; null without any.</summary>
    public double? Hours(double part)
    {
        var total = _classes.Sum(one => one.Number);
        if (total == 0) return null;
        var rank = part * (total - 1);
        var lower = At((long)Math.Floor(rank));
        return lower + ((At((long)Math.Ceiling(rank)) - lower) * (rank - Math.Floor(rank)));
    }

    private double At(long rank)
    {
        foreach (var (number, micros) in _classes)
        {
            if (rank < number) return micros / MicrosPerHour / number;
            rank -= number;
        }

        throw new InvalidOperationException("There are fewer cases than that.");
    }
}
