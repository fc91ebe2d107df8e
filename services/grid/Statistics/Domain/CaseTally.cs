namespace Jiceng.Grid.Statistics.Domain;

/// <summary>Adds up what was found of one group, from wherever it was counted.</summary>
internal sealed class CaseTally
{
    private readonly long[] _numbers = new long[(int)Counted.Suspended + 1];
    private readonly HandlingTime _times = new();
    private long _ratings;

    /// <param name="what">A <see cref="Counted"/>, or a class of handling times.</param>
    /// <param name="number">How many.</param>
    /// <param name="amount">Sum of the ratings, or of the times in microseconds.</param>
    public void Add(int what, long number, long amount)
    {
        if (what >= HandlingTime.FirstClass)
        {
            _times.Add(what, number, amount);
            return;
        }

        _numbers[what] += number;
        if (what == (int)Counted.Rated) _ratings += amount;
    }

    public CaseCounts ToCounts(string key) => new()
    {
        Key = key,
        Reported = Of(Counted.Reported),
        Accepted = Of(Counted.Accepted),
        Voided = Of(Counted.Voided),
        Closed = Of(Counted.Closed),
        ClosedOnTime = Of(Counted.ClosedOnTime),
        Rework = Of(Counted.Rework),
        ToVerify = Of(Counted.ToVerify),
        VerifiedOnTime = Of(Counted.VerifiedOnTime),
        Overdue = Of(Counted.Overdue),
        Suspended = Of(Counted.Suspended),
        MedianHours = _times.Hours(0.5),
        P95Hours = _times.Hours(0.95),
        MeanRating = Of(Counted.Rated) == 0 ? null : (double)_ratings / Of(Counted.Rated),
    };

    private long Of(Counted what) => _numbers[(int)what];
}
