using System.Globalization;
using System.Threading.RateLimiting;
using Jiceng.Gateway.Errors;
using Jiceng.Gateway.Routing;
using Microsoft.AspNetCore.RateLimiting;

namespace Jiceng.Gateway.Limits;

/// <summary>A token bucket per caller (the token's <c>sub</c>), or per address for calls without a valid token.</summary>
internal static class CallRate
{
    public static void Configure(RateLimiterOptions options, GatewayLimits limits)
    {
        var bucket = new TokenBucketRateLimiterOptions
        {
            TokenLimit = limits.CallBurst,
            TokensPerPeriod = limits.CallsPerSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        };
        options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context =>
            context.IsForwarded() ? RateLimitPartition.GetTokenBucketLimiter(CallerOf(context), _ => bucket) : RateLimitPartition.GetNoLimiter(""));
        options.OnRejected = (rejected, _) =>
        {
            var after = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : TimeSpan.FromSeconds(1);
            var calls = limits.CallsPerSecond.ToString(CultureInfo.InvariantCulture);
            return new ValueTask(rejected.HttpContext.RefuseAsync(GatewayErrors.TooManyCalls.With(("calls_per_second", calls)).Retry(after)));
        };
    }

    private static string CallerOf(HttpContext context) =>
        context.User.FindFirst("sub") is { } subject ? $"sub:{subject.Value}" : $"from:{context.Connection.RemoteIpAddress}";
}
