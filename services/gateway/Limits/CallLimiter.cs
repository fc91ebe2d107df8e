using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Threading.RateLimiting;
using Jiceng.Domain;
using Jiceng.Gateway.Errors;
using Jiceng.Gateway.Protocols;
using Jiceng.Gateway.Shared;
using Microsoft.AspNetCore.RateLimiting;

namespace Jiceng.Gateway.Limits;

/// <summary>
/// Limits the rate of a caller by class of the method, and the calls in progress of one caller and of all. Excess calls are refused at once, so
/// that the accepted ones are answered in time. Streams count against their caller only, since they are meant to last. A lease is held as
/// long as its call is in progress.
/// </summary>
internal sealed class CallLimiter : PartitionedRateLimiter<HttpContext>
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private static readonly FixedLease Unlimited = new(true);
    private static readonly FixedLease Undecided = new(false);
    private readonly GatewayLimits _limits;
    private readonly CallerTable _callers;
    private readonly GatewayTelemetry _telemetry;
    private readonly string[] _policies;
    private readonly RejectedLease _overloaded;
    private int _inProgress;

    public CallLimiter(GatewayLimits limits, CallerTable callers, GatewayTelemetry telemetry)
    {
        (_limits, _callers, _telemetry) = (limits, callers, telemetry);
        // Built once: under overload there is no time to build it for each call.
        var error = GatewayErrors.Overloaded.With(("calls_at_once", Text(limits.CallsAtOnce))).Retry(RetryDelay);
        _overloaded = new RejectedLease(error, GrpcStatus.FieldsOf(error));
        _policies = [.. Enum.GetValues<CallClass>().Select(kind => RateFields.Policy(kind, limits.RateOf(kind)))];
    }

    public override RateLimiterStatistics? GetStatistics(HttpContext resource) => null;

    /// <summary>Writes the error of a call that was refused.</summary>
    public static ValueTask WriteErrorAsync(OnRejectedContext rejected)
    {
        var lease = (RejectedLease)rejected.Lease;
        return new ValueTask(rejected.HttpContext.WriteErrorAsync(lease.Error, lease.Fields));
    }

    /// <summary>Defers the decision to <see cref="AcquireAsyncCore"/>, since it may need a round trip to Redis.</summary>
    protected override RateLimitLease AttemptAcquireCore(HttpContext resource, int permitCount) =>
        resource.GetCallClass() is null ? Unlimited : Undecided;

    protected override async ValueTask<RateLimitLease> AcquireAsyncCore(HttpContext resource, int permitCount, CancellationToken cancellationToken)
    {
        if (resource.GetCallClass() is not { } kind) return Unlimited;
        var caller = _callers.Get(resource);
        var decision = await caller.AcquireAsync(kind);
        if (decision.IsLocal) _telemetry.CountedAlone();
        var headers = resource.Response.Headers;
        headers[RateFields.PolicyField] = _policies[(int)kind];
        headers[RateFields.LimitField] = RateFields.Limit(kind, _limits.RateOf(kind), decision);
        if (!decision.IsAcquired) return Reject(kind, "rate", new RejectedLease(RateExceeded(kind).Retry(decision.RetryAfter)));
        var isLongLived = kind.IsLongLived();
        if (!caller.TryEnter(isLongLived))
            return Reject(kind, isLongLived ? "caller_streams" : "caller_calls", new RejectedLease(CallerLimitExceeded(isLongLived).Retry(RetryDelay)));
        if (isLongLived || Interlocked.Increment(ref _inProgress) <= _limits.CallsAtOnce) return new CallLease(this, caller, isLongLived);
        Leave(caller, isLongLived);
        return Reject(kind, "all_calls", _overloaded);
    }

    private RejectedLease Reject(CallClass kind, string limit, RejectedLease lease)
    {
        _telemetry.Refused(limit, kind.Name());
        return lease;
    }

    private void Leave(CallerState caller, bool isLongLived)
    {
        if (!isLongLived) Interlocked.Decrement(ref _inProgress);
        caller.Leave(isLongLived);
    }

    private ApiException RateExceeded(CallClass kind) =>
        GatewayErrors.TooManyCalls.With(("calls_per_second", Text(_limits.RateOf(kind).PerSecond)), ("class", kind.Name()));

    private ApiException CallerLimitExceeded(bool isLongLived) => isLongLived
        ? GatewayErrors.TooManyStreams.With(("streams", Text(_limits.CallerStreams)))
        : GatewayErrors.TooManyAtOnce.With(("calls", Text(_limits.CallerCallsAtOnce)));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private class FixedLease(bool isAcquired) : RateLimitLease
    {
        public override bool IsAcquired => isAcquired;

        public override IEnumerable<string> MetadataNames => [];

        public override bool TryGetMetadata(string metadataName, [NotNullWhen(true)] out object? metadata)
        {
            metadata = null;
            return false;
        }
    }

    private sealed class CallLease(CallLimiter limiter, CallerState caller, bool isLongLived) : FixedLease(true)
    {
        private int _disposed;

        protected override void Dispose(bool disposing)
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0) limiter.Leave(caller, isLongLived);
            base.Dispose(disposing);
        }
    }

    private sealed class RejectedLease(ApiException error, IReadOnlyList<(string Name, string Value)>? fields = null) : FixedLease(false)
    {
        public ApiException Error => error;

        public IReadOnlyList<(string Name, string Value)>? Fields => fields;
    }
}

internal static class CallLimitSetup
{
    public static void AddCallLimits(this IServiceCollection services)
    {
        services.AddSingleton<CallerTable>();
        services.AddSingleton<CallLimiter>();
        services.AddSingleton<ISharedBuckets, SharedBuckets>();
        services.AddRateLimiter(_ => { });
        services.AddOptions<RateLimiterOptions>().Configure<CallLimiter>((options, limiter) =>
        {
            options.GlobalLimiter = limiter;
            options.OnRejected = (rejected, _) => CallLimiter.WriteErrorAsync(rejected);
        });
    }
}
