using System.Globalization;

namespace Jiceng.Gateway.Limits;

/// <summary>
/// The fields of draft-ietf-httpapi-ratelimit-headers-08: the policy with its quota <c>q</c> and the seconds <c>w</c> in which it comes back, and
/// what remains (<c>r</c>) until it is whole again in <c>t</c> seconds.
/// </summary>
internal static class RateFields
{
    public const string PolicyField = "RateLimit-Policy";
    public const string LimitField = "RateLimit";

    public static string Policy(CallClass kind, Rate rate) =>
        string.Create(CultureInfo.InvariantCulture, $"\"{kind.Name()}\";q={rate.Burst};w={Seconds(rate.UntilFull(0))}");

    public static string Limit(CallClass kind, Rate rate, RateDecision decision)
    {
        var remaining = Math.Min(rate.Burst, (long)decision.Level);
        return string.Create(CultureInfo.InvariantCulture, $"\"{kind.Name()}\";r={remaining};t={Seconds(rate.UntilFull(remaining))}");
    }

    private static long Seconds(TimeSpan time) => (long)Math.Ceiling(time.TotalSeconds);
}
