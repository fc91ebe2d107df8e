using System.Globalization;

namespace Jiceng.Cadre;

/// <summary>Days as requests and answers write them: ISO 8601, Asia/Shanghai.</summary>
internal static class Days
{
    private const string Format = "yyyy-MM-dd";

    public static string Text(DateOnly? day) => day?.ToString(Format, CultureInfo.InvariantCulture) ?? "";

    /// <summary>The first day of a state that follows another; without a wish it is today.</summary>
    /// <param name="wanted">The day that the request asks for.</param>
    /// <param name="previous">First day of the state before; null for the first state of all.</param>
    public static DateOnly Effective(DateOnly? wanted, DateOnly? previous, DateOnly today)
    {
        var day = wanted ?? today;
        if (day > today || day < previous)
        {
            throw CadreErrors.EffectiveDateInvalid
                .With(("effective_date", Text(day)), ("earliest", Text(previous ?? DateOnly.MinValue)), ("latest", Text(today)))
                .At("effective_date", $"a day from {Text(previous ?? DateOnly.MinValue)} to {Text(today)}");
        }

        return day;
    }

    /// <summary>Whole years lived on the day. Who is born on 29 February is a year older on 1 March of a common year.</summary>
    public static int Age(DateOnly birth, DateOnly day)
    {
        var age = day.Year - birth.Year;
        return (day.Month, day.Day).CompareTo((birth.Month, birth.Day)) < 0 ? age - 1 : age;
    }
}
