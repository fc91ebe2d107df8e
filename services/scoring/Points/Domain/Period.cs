using System.Globalization;

namespace Jiceng.Scoring.Points.Domain;

internal enum PeriodKind
{
    Quarter = 1,
    Year = 2,
}

/// <summary>A stretch of days over which a score is added up (考核周期): a quarter (2026Q1) or a year (2026).</summary>
internal readonly record struct Period
{
    private Period(int year, int quarter) => (Year, QuarterNumber) = (year, quarter);

    public int Year { get; }

    /// <summary>1 to 4, or 0 for a year.</summary>
    public int QuarterNumber { get; }

    public PeriodKind Kind => QuarterNumber == 0 ? PeriodKind.Year : PeriodKind.Quarter;

    public DateOnly First => new(Year, QuarterNumber == 0 ? 1 : (QuarterNumber * 3) - 2, 1);

    public DateOnly Last => QuarterNumber == 0 ? new DateOnly(Year, 12, 31) : First.AddMonths(3).AddDays(-1);

    public static Period Of(DateOnly day, PeriodKind kind) => new(day.Year, kind == PeriodKind.Year ? 0 : (day.Month + 2) / 3);

    public static bool TryParse(string text, out Period period)
    {
        period = default;
        var year = 0;
        var quarter = 0;
        var known = text.Length switch
        {
            4 => Digits(text, out year),
            6 => Digits(text.AsSpan(0, 4), out year) && text[4] == 'Q' && Digits(text.AsSpan(5), out quarter) && quarter is >= 1 and <= 4,
            _ => false,
        };
        if (!known || year < 1900) return false;
        period = new Period(year, quarter);
        return true;
    }

    public override string ToString() => QuarterNumber == 0
        ? Year.ToString("D4", CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{Year:D4}Q{QuarterNumber}");

    private static bool Digits(ReadOnlySpan<char> text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
