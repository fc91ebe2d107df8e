namespace Jiceng.Scoring.Points.Domain;

/// <summary>A limit on what rules give or take from one subject in one period, and what they gave so far.</summary>
/// <param name="Limit">Above 0.</param>
/// <param name="Given">Sum of the entries under the limit so far.</param>
internal readonly record struct CapRoom(decimal Limit, decimal Given)
{
    /// <summary>
    /// What of the wanted points fits under all limits. The rules under one limit all give or all take, and each is under at
    /// most one shared limit, so the sum does not depend on the order of the awards.
    /// </summary>
    public static decimal Clip(decimal wanted, params ReadOnlySpan<CapRoom> rooms)
    {
        var size = Math.Abs(wanted);
        foreach (var room in rooms)
            size = Math.Min(size, Math.Max(0, room.Limit - (Math.Sign(wanted) * room.Given)));
        return Math.Sign(wanted) * size;
    }
}
