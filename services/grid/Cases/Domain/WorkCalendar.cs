using System.Collections.Frozen;
using Jiceng.Domain;

namespace Jiceng.Grid.Cases.Domain;

/// <summary>A stretch of working time in a day (工作时段).</summary>
internal readonly record struct Shift(TimeOnly Start, TimeOnly End)
{
    public TimeSpan Length => End - Start;
}

/// <summary>
/// Working time in Asia/Shanghai (工作日历): the shifts of a working day, public holidays, and make-up working days at weekends.
/// </summary>
internal sealed class WorkCalendar
{
    // A limit is at most 9,999 days; a calendar without any working day would never end.
    private const int MaxDays = 40_000;

    private readonly IReadOnlyList<Shift> _shifts;
    private readonly FrozenSet<DateOnly> _holidays;
    private readonly FrozenSet<DateOnly> _makeUpDays;

    /// <param name="shifts">Shifts of a working day, in order, not overlapping.</param>
    /// <param name="holidays">Days off in the week (放假).</param>
    /// <param name="makeUpDays">Working days at weekends (调休上班).</param>
    public WorkCalendar(IReadOnlyList<Shift> shifts, IEnumerable<DateOnly> holidays, IEnumerable<DateOnly> makeUpDays)
    {
        _shifts = shifts;
        _holidays = holidays.ToFrozenSet();
        _makeUpDays = makeUpDays.ToFrozenSet();
        DayLength = shifts.Aggregate(TimeSpan.Zero, (sum, shift) => sum + shift.Length);
        if (DayLength <= TimeSpan.Zero || shifts.Any(shift => shift.End <= shift.Start) || shifts.Zip(shifts.Skip(1)).Any(pair => pair.Second.Start < pair.First.End))
            throw new ArgumentException("The shifts of a working day have to be in order, end after they start and not overlap.", nameof(shifts));
    }

    /// <summary>Working time of one working day.</summary>
    public TimeSpan DayLength { get; }

    public bool IsWorkingDay(DateOnly day) =>
        _makeUpDays.Contains(day) || (day.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday) && !_holidays.Contains(day));

    /// <summary>The moment at which so much working time has passed since the start.</summary>
    public DateTimeOffset Add(DateTimeOffset start, TimeSpan working)
    {
        var left = working;
        foreach (var (from, to) in ShiftsFrom(start))
        {
            var begin = from > start ? from : start;
            if (to - begin >= left)
                return begin + left;
            left -= to - begin;
        }

        throw new InvalidOperationException("The calendar has too few working days.");
    }

    /// <summary>Working time between two moments; zero when they are the wrong way round.</summary>
    public TimeSpan Between(DateTimeOffset start, DateTimeOffset end)
    {
        var sum = TimeSpan.Zero;
        foreach (var (from, to) in ShiftsFrom(start))
        {
            if (from >= end)
                break;
            var begin = from > start ? from : start;
            var stop = to < end ? to : end;
            sum += stop - begin;
        }

        return sum;
    }

    private IEnumerable<(DateTimeOffset From, DateTimeOffset To)> ShiftsFrom(DateTimeOffset start)
    {
        var first = ChinaTime.Day(start);
        for (var day = first; day < first.AddDays(MaxDays); day = day.AddDays(1))
        {
            if (!IsWorkingDay(day))
                continue;
            var midnight = ChinaTime.StartOf(day);
            foreach (var shift in _shifts)
            {
                var to = midnight + shift.End.ToTimeSpan();
                if (to > start)
                    yield return (midnight + shift.Start.ToTimeSpan(), to);
            }
        }
    }
}
