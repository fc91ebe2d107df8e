using Jiceng.Domain;

namespace Jiceng.Grid.Statistics;

/// <summary>A period of whole days in Asia/Shanghai (统计期间).</summary>
internal sealed record StatisticsPeriod(DateOnly Start, DateOnly End)
{
    private const int DayLimit = 366;

    /// <exception cref="RefusedException">PERIOD_INVALID.</exception>
    public static StatisticsPeriod Of(DateOnly start, DateOnly end) => end >= start && end.DayNumber - start.DayNumber < DayLimit
        ? new StatisticsPeriod(start, end)
        : throw GridErrors.PeriodInvalid.With(("start_date", start.ToString("O")), ("end_date", end.ToString("O")))
            .At("end_date", "on or after start_date, at most 366 days in all");

    /// <summary>The period itself, or each of its days.</summary>
    public IEnumerable<(string Label, DateTimeOffset Start, DateTimeOffset End)> Slices(bool byDay)
    {
        if (!byDay)
        {
            yield return ("", ChinaTime.StartOf(Start), ChinaTime.StartOf(End.AddDays(1)));
            yield break;
        }

        for (var day = Start; day <= End; day = day.AddDays(1))
            yield return (day.ToString("O"), ChinaTime.StartOf(day), ChinaTime.StartOf(day.AddDays(1)));
    }
}
