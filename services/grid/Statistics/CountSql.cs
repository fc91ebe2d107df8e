using Jiceng.Grid.Statistics.Domain;
namespace Jiceng.Grid.Statistics;

/// <summary>
/// What counts of a case, as SQL: the one place that says it, for what is counted one by one, for what is added to the counts, and for what
/// they are compared with.
/// </summary>
internal static class CountSql
{
    // In the order of Counted.
    private static readonly string[] Columns =
        ["reported", "accepted", "voided", "closed", "closed_on_time", "rework", "to_verify", "verified_on_time", "rated", "overdue", "suspended"];

    private static readonly string[] Read =
    [
        "report_time", "accept_time", "handle_due", "handle_time", "verify_due", "verify_time", "close_time", "suspend_time", "void_time", "rate_time", "rating",
    ];

    private const string RatingSum = "rating_sum";

    /// <summary>The columns of a change that Events reads, from a row of grid_case: it counts as it is.</summary>
    public static readonly string Case = "1 AS weight, c.node_code, c.category, " + Times("c") + ", NULL::timestamptz AS fail_time";

    /// <summary>The same of a step of a case by which it was sent back.</summary>
    public static readonly string SentBack =
        "1, c.node_code, c.category, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0::smallint, s.step_time";

    /// <summary>The same of a row of case_delta.</summary>
    public static readonly string Delta = "d.weight, d.node_code, d.category, " + Times("d") + ", d.fail_time";

    /// <summary>Everything that happened with <c>s</c>: rows of time, what, sign, amount.</summary>
    public static readonly string Events =
        $"""
        (VALUES
            (s.report_time, {(int)Counted.Reported}, 1, 0),
            (s.accept_time, {(int)Counted.Accepted}, 1, 0),
            (s.void_time, {(int)Counted.Voided}, 1, 0),
            (s.close_time, {(int)Counted.Closed}, 1, 0),
            (CASE WHEN s.handle_time <= s.handle_due THEN s.close_time END, {(int)Counted.ClosedOnTime}, 1, 0),
            (s.fail_time, {(int)Counted.Rework}, 1, 0),
            (s.handle_time, {(int)Counted.ToVerify}, 1, 0),
            (CASE WHEN s.verify_time <= s.verify_due THEN s.handle_time END, {(int)Counted.VerifiedOnTime}, 1, 0),
            (s.rate_time, {(int)Counted.Rated}, 1, s.rating::bigint),
            (CASE WHEN s.suspend_time IS NULL AND s.void_time IS NULL THEN s.handle_due END, {(int)Counted.Overdue}, 1, 0),
            (CASE WHEN s.suspend_time IS NULL AND s.void_time IS NULL AND s.close_time IS NOT NULL THEN greatest(s.handle_due, s.close_time) END, {(int)Counted.Overdue}, -1, 0),
            (s.suspend_time, {(int)Counted.Suspended}, 1, 0),
            (CASE WHEN s.handle_time IS NOT NULL THEN s.close_time END,
                {HandlingTime.FirstClass} + floor(ln(1 + greatest(0, extract(epoch FROM s.handle_time - s.report_time)::float8) / {HandlingTime.Even}) / ln({HandlingTime.Growth}::float8))::int,
                1, (extract(epoch FROM s.handle_time - s.report_time) * 1000000)::bigint)
        ) AS e (time, what, sign, amount)
        """;

    /// <summary>Whether a Counted is one of those that stand at the end of a period.</summary>
    public static readonly string Standing = $"IN ({(int)Counted.Overdue}, {(int)Counted.Suspended})";

    /// <summary>All columns of case_count that hold counts.</summary>
    public static IEnumerable<string> AllColumns => Columns.Append(RatingSum);

    /// <summary>The columns of case_count from rows of what, number, amount.</summary>
    public static string Pivot() => string.Join(", ", Columns
        .Select((_, index) => $"coalesce(sum(number) FILTER (WHERE what = {index + 1}), 0)")
        .Append($"coalesce(sum(amount) FILTER (WHERE what = {(int)Counted.Rated}), 0)"));

    /// <summary>The other way round: values of what, number, amount from the columns.</summary>
    public static string Unpivot(string table) => string.Join(", ", Columns
        .Select((column, index) => $"({index + 1}, {table}{column}, {(index + 1 == (int)Counted.Rated ? table + RatingSum : "0")})"));

    /// <summary>The day of a time in Asia/Shanghai, as ChinaTime has it.</summary>
    public static string Day(string time) => $"({time} AT TIME ZONE interval '8 hours')::date";

    private static string Times(string table) => string.Join(", ", Read.Select(column => $"{table}.{column}"));
}
