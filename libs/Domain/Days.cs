using System.Globalization;

namespace Jiceng.Domain;

/// <summary>Days as requests, answers and events write them: ISO 8601, Asia/Shanghai.</summary>
public static class Days
{
    private const string Format = "yyyy-MM-dd";

    /// <summary>The day as text; empty for none.</summary>
    public static string Text(DateOnly? day) => day?.ToString(Format, CultureInfo.InvariantCulture) ?? "";

    /// <summary>The day of a text that another service wrote.</summary>
    /// <exception cref="FormatException">The text is no day.</exception>
    public static DateOnly Parse(string text) => DateOnly.ParseExact(text, Format, CultureInfo.InvariantCulture);

    /// <summary>The day of a text that another service wrote; null when it is empty.</summary>
    /// <exception cref="FormatException">The text is no day.</exception>
    public static DateOnly? ParseOptional(string text) => text.Length == 0 ? null : Parse(text);

    /// <summary>Whole years lived on the day. Who is born on 29 February is a year older on 1 March of a common year.</summary>
    public static int Age(DateOnly birth, DateOnly day)
    {
        var age = day.Year - birth.Year;
        return (day.Month, day.Day).CompareTo((birth.Month, birth.Day)) < 0 ? age - 1 : age;
    }
}
