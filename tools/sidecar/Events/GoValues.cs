using System.Buffers;
using System.Globalization;

namespace Jiceng.Sidecar.Events;

/// <summary>Parses booleans, durations and times by Go's rules, like daprd.</summary>
internal static class GoValues
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");

    public static bool TryBool(string text, out bool value)
    {
        value = text is "1" or "t" or "T" or "true" or "TRUE" or "True";
        return value || text is "0" or "f" or "F" or "false" or "FALSE" or "False";
    }

    /// <summary>
    /// Go's time.ParseDuration for the units h, m, s, ms, us and ns; accepts "1m30s", rejects a bare number other than 0.
    /// </summary>
    public static bool TryDuration(string text, out TimeSpan value)
    {
        value = TimeSpan.Zero;
        if (text == "0") return true;
        var rest = text.AsSpan();
        var negative = rest is ['-', ..];
        if (rest is ['-' or '+', ..]) rest = rest[1..];
        if (rest.IsEmpty) return false;

        var seconds = 0m;
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExcept(Digits);
            if (digits <= 0 || !decimal.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount))
                return false;
            rest = rest[digits..];
            var letters = rest.IndexOfAny(Digits);
            var unit = letters < 0 ? rest : rest[..letters];
            rest = rest[unit.Length..];
            var scale = unit switch
            {
                "h" => 3600m,
                "m" => 60m,
                "s" => 1m,
                "ms" => 0.001m,
                "us" => 0.000001m,
                "ns" => 0.000000001m,
                _ => 0m,
            };
            if (scale == 0m) return false;
            seconds += amount * scale;
        }

        if (seconds > (decimal)TimeSpan.MaxValue.TotalSeconds - 1) return false;
        value = TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond)) * (negative ? -1 : 1);
        return true;
    }

    public static string Rfc3339(DateTimeOffset time) =>
        time.ToString(time.Offset == TimeSpan.Zero ? "yyyy-MM-dd'T'HH:mm:ss'Z'" : "yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);
}
