namespace Jiceng.Grid.Cases.Domain;

/// <summary>The one clock of deadlines, escalation and statistics (计时规则).</summary>
internal sealed class CaseClock(WorkCalendar calendar)
{
    /// <summary>When a limit that begins now ends.</summary>
    public DateTimeOffset Due(DateTimeOffset start, TimeLimit limit) => limit.Unit switch
    {
        LimitUnit.Hours => start.AddHours(limit.Amount),
        LimitUnit.WorkingHours => calendar.Add(start, TimeSpan.FromHours(limit.Amount)),
        _ => calendar.Add(start, calendar.DayLength * limit.Amount),
    };

    /// <summary>
    /// The deadline after a rest: moved by the time of its own kind that the rest took, so that suspended time does not count.
    /// A deadline that had passed before the rest stays.
    /// </summary>
    public DateTimeOffset AfterRest(DateTimeOffset due, DateTimeOffset rest, DateTimeOffset resume, LimitUnit unit)
    {
        if (due <= rest)
            return due;
        return unit == LimitUnit.Hours ? due + (resume - rest) : calendar.Add(due, calendar.Between(rest, resume));
    }
}
