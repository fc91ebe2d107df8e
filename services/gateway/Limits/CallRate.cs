using System.Globalization;
using System.Threading.RateLimiting;
using Jiceng.Gateway.Errors;
using Jiceng.Gateway.Routing;
using Microsoft.AspNetCore.RateLimiting;

namespace Jiceng.Gateway.Limits;

/// <summary>
/// A token bucket per caller (the token's <c>sub</c>), or per address for calls without a valid token; and for all callers together a number
/// of calls at once, so that what is too much is told at once and what was taken is answered in time. Streams are not counted: they are
/// meant to stay.
/// </summary>
internal static class CallRate
{
    public static void Configure(RateLimiterOptions options, GatewayLimits limits, ContractMethods methods)
    {
        var bucket = new TokenBucketRateLimiterOptions
        {
            TokenLimit = limits.CallBurst,
            TokensPerPeriod = limits.CallsPerSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        };
        var callers = PartitionedRateLimiter.Create<HttpContext, string>(context =>
            context.IsForwarded() ? RateLimitPartition.GetTokenBucketLimiter(CallerOf(context), _ => bucket) : RateLimitPartition.GetNoLimiter(""));
        var together = new ConcurrencyLimiterOptions { PermitLimit = limits.CallsAtOnce };
        var all = PartitionedRateLimiter.Create<HttpContext, string>(context =>
            context.IsForwarded() && methods.Find(context.Request.Method()) is { IsClientStreaming: false, IsServerStreaming: false }
                ? RateLimitPartition.GetConcurrencyLimiter("all", _ => together)
                : RateLimitPartition.GetNoLimiter(""));
        options.GlobalLimiter = PartitionedRateLimiter.CreateChained(callers, all);
        // Many are given it, and while they are there is no time to write it anew each time.
        var overloaded = GatewayErrors.Overloaded.With(("calls_at_once", limits.CallsAtOnce.ToString(CultureInfo.InvariantCulture))).Retry(TimeSpan.FromSeconds(1));
        var fields = Answer.StatusFields(overloaded);
        options.OnRejected = (rejected, _) =>
        {
            // Only the buckets know when to come again.
            if (!rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var after))
                return new ValueTask(rejected.HttpContext.RefuseAsync(overloaded, fields));
            var calls = limits.CallsPerSecond.ToString(CultureInfo.InvariantCulture);
            return new ValueTask(rejected.HttpContext.RefuseAsync(GatewayErrors.TooManyCalls.With(("calls_per_second", calls)).Retry(after)));
        };
    }

    private static string CallerOf(HttpContext context) =>
        context.User.FindFirst("sub") is { } subject ? $"sub:{subject.Value}" : $"from:{context.Connection.RemoteIpAddress}";
}
