using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Jiceng.Gateway.Json;

/// <summary>Times, durations and masks of fields, which JSON has as texts.</summary>
internal static partial class JsonTexts
{
    private const long LongestDuration = 315_576_000_000;

    /// <summary>RFC 3339 in UTC.</summary>
    public static string Timestamp(long seconds, int nanos) =>
        $"{DateTime.UnixEpoch.AddTicks(checked(seconds * TimeSpan.TicksPerSecond)):yyyy-MM-dd'T'HH:mm:ss}{Fraction(nanos)}Z";

    public static bool TryTimestamp(string text, out long seconds, out int nanos)
    {
        (seconds, nanos) = (0, 0);
        var match = Rfc3339().Match(text);
        if (!match.Success
            || !DateTime.TryParseExact(match.Groups["time"].Value, "yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var local))
            return false;
        var offset = match.Groups["hours"].Success ? 60 * Number(match.Groups["hours"]) + Number(match.Groups["minutes"]) : 0;
        if (offset >= 24 * 60 || (match.Groups["minutes"].Success && Number(match.Groups["minutes"]) > 59)) return false;
        if (match.Groups["sign"].Value == "-") offset = -offset;
        seconds = (local.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond - 60L * offset;
        nanos = Nanos(match.Groups["fraction"]);
        return seconds >= (DateTime.MinValue.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond
            && seconds <= (DateTime.MaxValue.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond;
    }

    public static string Duration(long seconds, int nanos) =>
        string.Create(CultureInfo.InvariantCulture, $"{(seconds < 0 || nanos < 0 ? "-" : "")}{Math.Abs(seconds)}{Fraction(Math.Abs(nanos))}s");

    public static bool TryDuration(string text, out long seconds, out int nanos)
    {
        (seconds, nanos) = (0, 0);
        var match = Seconds().Match(text);
        if (!match.Success || !long.TryParse(match.Groups["seconds"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out seconds)) return false;
        nanos = Nanos(match.Groups["fraction"]);
        if (match.Groups["sign"].Success) (seconds, nanos) = (-seconds, -nanos);
        return Math.Abs(seconds) <= LongestDuration;
    }

    /// <summary>The paths of a mask in its wire form, as <c>state,acceptDueTime</c>.</summary>
    public static string FieldMask(ReadOnlySpan<byte> wire)
    {
        var text = new StringBuilder();
        var reader = new WireReader(wire);
        while (!reader.AtEnd)
        {
            var (number, type) = reader.Tag();
            var path = reader.Value(type);
            if (number != 1) continue;
            if (text.Length > 0) text.Append(',');
            var upper = false;
            foreach (var c in Encoding.UTF8.GetString(path.Bytes))
            {
                if (c != '_') text.Append(upper ? char.ToUpperInvariant(c) : c);
                upper = c == '_';
            }
        }

        return text.ToString();
    }

    /// <summary>The paths of a mask as the proto has them; null when it is no mask.</summary>
    public static IReadOnlyList<string>? FieldMask(string text)
    {
        if (text.Length == 0) return [];
        return Paths().IsMatch(text) ? [.. text.Split(',').Select(path => Upper().Replace(path, upper => $"_{char.ToLowerInvariant(upper.ValueSpan[0])}"))] : null;
    }

    private static string Fraction(int nanos) => nanos switch
    {
        0 => "",
        _ when nanos % 1_000_000 == 0 => string.Create(CultureInfo.InvariantCulture, $".{nanos / 1_000_000:000}"),
        _ when nanos % 1_000 == 0 => string.Create(CultureInfo.InvariantCulture, $".{nanos / 1_000:000000}"),
        _ => string.Create(CultureInfo.InvariantCulture, $".{nanos:000000000}"),
    };

    private static int Nanos(Group fraction) => fraction.Success ? int.Parse(fraction.Value.PadRight(9, '0'), CultureInfo.InvariantCulture) : 0;

    private static int Number(Group digits) => int.Parse(digits.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\A(?<time>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.(?<fraction>[0-9]{1,9}))?(Z|(?<sign>[+-])(?<hours>[0-9]{2}):(?<minutes>[0-9]{2}))\z")]
    private static partial Regex Rfc3339();

    [GeneratedRegex(@"\A(?<sign>-)?(?<seconds>[0-9]{1,12})(\.(?<fraction>[0-9]{1,9}))?s\z")]
    private static partial Regex Seconds();

    [GeneratedRegex(@"\A[a-z][A-Za-z0-9.]*(,[a-z][A-Za-z0-9.]*)*\z")]
    private static partial Regex Paths();

    [GeneratedRegex("[A-Z]")]
    private static partial Regex Upper();
}
