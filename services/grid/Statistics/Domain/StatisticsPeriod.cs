using Jiceng.Domain;

namespace Jiceng.Grid.Statistics.Domain;

/// <summary>Counts of days or of whole months to add up: those that begin from the first to the last day.</summary>
/// <param name="Monthly">Months, by their first days.</param>
/// <param name="First">The first that belongs to it.</param>
/// <param name="Last">The last one.</param>
/// <param name="Standing">For what stands at the end of the period, and not for what happened in it.</param>
internal readonly record struct CountSpan(bool Monthly, DateOnly First, DateOnly Last, bool Standing);

/// <summary>A period of whole days in Asia/Shanghai (统计期间).</summary>
internal sealed record StatisticsPeriod(DateOnly Start, DateOnly End)
{
    private const int DayLimit = 366;

    // There is time before and after, in every time zone.
    private const int FirstYear = 1900;
    private const int LastYear = 9000;

    /// <exception cref="ApiException">PERIOD_INVALID.</exception>
    public static StatisticsPeriod Of(DateOnly start, DateOnly end) =>
        end >= start && end.DayNumber - start.DayNumber < DayLimit && start.Year >= FirstYear && end.Year <= LastYear
            ? new StatisticsPeriod(start, end)
            : throw GridErrors.PeriodInvalid.With(("start_date", start.ToString("O")), ("end_date", end.ToString("O")))
                .At("end_date", $"on or after start_date, at most 366 days in all, in the years {FirstYear} to {LastYear}");

    /// <summary>The day at the end of which cases are overdue or suspended: the last one, or today while it is to come.</summary>
    public DateOnly Standing(DateOnly today) => End < today ? End : today;

    /// <summary>As few counts as make up the period, and what stood at its end; with the days apart if so wished.</summary>
    public IEnumerable<CountSpan> Spans(DateOnly today, bool byDay)
    {
        var standing = Standing(today);
        if (!byDay)
            return [.. Between(Start, End, standing: false), .. Between(DateOnly.MinValue, standing, standing: true)];
        var before = standing < Start ? standing : Start.AddDays(-1);
        return
        [
            new CountSpan(false, Start, End, false),
            .. Between(DateOnly.MinValue, before, standing: true),
            new CountSpan(false, Start, standing, true),
        ];
    }

    private static IEnumerable<CountSpan> Between(DateOnly first, DateOnly last, bool standing)
    {
        var months = first.Day == 1 ? first : FirstOfMonth(first).AddMonths(1);
        var rest = FirstOfMonth(last.AddDays(1));
        if (months >= rest)
        {
            yield return new CountSpan(false, first, last, standing);
            yield break;
        }

        if (first < months)
            yield return new CountSpan(false, first, months.AddDays(-1), standing);
        yield return new CountSpan(true, months, rest.AddDays(-1), standing);
        if (rest <= last)
            yield return new CountSpan(false, rest, last, standing);
    }

    private static DateOnly FirstOfMonth(DateOnly day) => new(day.Year, day.Month, 1);
}
