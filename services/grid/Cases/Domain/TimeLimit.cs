using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Jiceng.Grid.Cases.Domain;

/// <summary>How a time limit is counted (计时方式).</summary>
internal enum LimitUnit
{
    /// <summary>Hours round the clock (紧急小时), written <c>2h</c>.</summary>
    Hours,

    /// <summary>Hours of working time (工作小时), written <c>4wh</c>.</summary>
    WorkingHours,

    /// <summary>Working days of a full day's working time (工作日), written <c>3wd</c>.</summary>
    WorkingDays,
}

/// <summary>A time limit (时限): an amount and how it is counted.</summary>
internal readonly record struct TimeLimit(int Amount, LimitUnit Unit)
{
    public static bool TryParse([NotNullWhen(true)] string? text, out TimeLimit limit)
    {
        limit = default;
        if (text is null)
            return false;
        var digits = text.TakeWhile(char.IsAsciiDigit).Count();
        LimitUnit? unit = text[digits..] switch
        {
            "h" => LimitUnit.Hours,
            "wh" => LimitUnit.WorkingHours,
            "wd" => LimitUnit.WorkingDays,
            _ => null,
        };
        if (unit is null || digits > 4 || !int.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var amount) || amount == 0)
            return false;
        limit = new TimeLimit(amount, unit.Value);
        return true;
    }

    public override string ToString() => Amount.ToString(CultureInfo.InvariantCulture) + Unit switch
    {
        LimitUnit.Hours => "h",
        LimitUnit.WorkingHours => "wh",
        _ => "wd",
    };
}
