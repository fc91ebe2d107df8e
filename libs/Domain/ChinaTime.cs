namespace Jiceng.Domain;

/// <summary>
/// Days and quarters as the county counts them: China Standard Time (Asia/Shanghai), UTC+8 the year round since 1991.
/// </summary>
public static class ChinaTime
{
    private static readonly TimeSpan Offset = TimeSpan.FromHours(8);

    /// <summary>The day on which the moment falls.</summary>
    public static DateOnly Day(DateTimeOffset moment) => DateOnly.FromDateTime(moment.ToOffset(Offset).DateTime);

    /// <summary>The moment at which the day begins.</summary>
    public static DateTimeOffset StartOf(DateOnly day) => new(day.ToDateTime(TimeOnly.MinValue), Offset);

    /// <summary>The quarter in which the day falls, as <c>2026Q1</c>.</summary>
    public static string Quarter(DateOnly day) => $"{day.Year:D4}Q{(day.Month + 2) / 3}";

    /// <summary>The quarter in which the moment falls, as <c>2026Q1</c>.</summary>
    public static string Quarter(DateTimeOffset moment) => Quarter(Day(moment));
}
