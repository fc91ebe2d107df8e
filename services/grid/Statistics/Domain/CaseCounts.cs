using System.Globalization;

namespace Jiceng.Grid.Statistics.Domain;

/// <summary>A rate with what it was made of.</summary>
internal readonly record struct Rate(long Numerator, long Denominator)
{
    /// <summary>Percent with two decimals, half rounded up; null when there is nothing to divide by.</summary>
    public string? Percent => Denominator == 0
        ? null
        : Math.Round(100m * Numerator / Denominator, 2, MidpointRounding.AwayFromZero).ToString("F2", CultureInfo.InvariantCulture);
}

/// <summary>Counts of one group in a period, and the indicators of GB/T 30428 made of them (综合评价指标).</summary>
internal sealed record CaseCounts
{
    public string Key { get; init; } = "";

    public long Reported { get; init; }

    public long Accepted { get; init; }

    public long Voided { get; init; }

    public long Closed { get; init; }

    public long ClosedOnTime { get; init; }

    public long Rework { get; init; }

    public long ToVerify { get; init; }

    public long VerifiedOnTime { get; init; }

    public long Overdue { get; init; }

    public long Suspended { get; init; }

    public double? MedianHours { get; init; }

    public double? P95Hours { get; init; }

    public double? MeanRating { get; init; }

    /// <summary>应结案数: closed, plus past the deadline and not closed.</summary>
    public long Due => Closed + Overdue;

    /// <summary>结案率.</summary>
    public Rate ClosingRate => new(Closed, Due);

    /// <summary>按期结案率.</summary>
    public Rate OnTimeClosingRate => new(ClosedOnTime, Due);

    /// <summary>受理立案率.</summary>
    public Rate AcceptRate => new(Accepted, Reported);

    /// <summary>准确立案率.</summary>
    public Rate CorrectAcceptRate => new(Accepted - Voided, Accepted);

    /// <summary>按时核实率.</summary>
    public Rate OnTimeVerifyRate => new(VerifiedOnTime, ToVerify);

    /// <summary>返工率.</summary>
    public Rate ReworkRate => new(Rework, Due);

    /// <summary>Whether the group had anything to count.</summary>
    public bool IsEmpty => Reported + Accepted + Voided + Due + Rework + ToVerify + Suspended == 0 && MeanRating is null;
}
