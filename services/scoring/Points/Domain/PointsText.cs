using System.Globalization;

namespace Jiceng.Scoring.Points.Domain;

/// <summary>Points as text: a decimal with at most two places, from -1,000,000 to 1,000,000.</summary>
internal static class PointsText
{
    public const decimal Limit = 1_000_000m;

    public const string Expected = "a decimal with at most two places between -1000000 and 1000000";

    public static bool TryParse(string text, out decimal points) =>
        decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out points)
        && Math.Abs(points) <= Limit
        && points == Round(points);

    public static string Format(decimal points) => points.ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>To two places, halves away from zero, as people round.</summary>
    public static decimal Round(decimal points) => Math.Round(points, 2, MidpointRounding.AwayFromZero);
}
