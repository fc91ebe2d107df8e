using System.Globalization;
using Jiceng.Domain;
using Jiceng.Gateway.Errors;
using Jiceng.Gateway.Protocols;
using Jiceng.Gateway.Routing;
using Jiceng.Gateway.Shared;

namespace Jiceng.Gateway.Limits;

/// <summary>
/// Limits the rate of a caller by class of the method, and the calls in progress of one caller and of all. Excess calls are refused at once, so
/// that the accepted ones are answered in time. Streams count against their caller only, since they are meant to last.
/// </summary>
internal sealed class CallLimitMiddleware
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private readonly RequestDelegate next;
    private readonly GatewayLimits limits;
    private readonly CallerTable callers;
    private readonly GatewayTelemetry telemetry;
    private readonly string[] policies;
    private readonly ApiException overloaded;
    private readonly IReadOnlyList<(string Name, string Value)> overloadedFields;
    private int inProgress;

    public CallLimitMiddleware(RequestDelegate next, GatewayLimits limits, CallerTable callers, GatewayTelemetry telemetry)
    {
        (this.next, this.limits, this.callers, this.telemetry) = (next, limits, callers, telemetry);
        // Built once: under overload there is no time to build it for each call.
        overloaded = GatewayErrors.Overloaded.With(("calls_at_once", Text(limits.CallsAtOnce))).Retry(RetryDelay);
        overloadedFields = GrpcStatus.FieldsOf(overloaded);
        policies = [.. Enum.GetValues<CallClass>().Select(kind => RateFields.Policy(kind, limits.RateOf(kind)))];
    }

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetCallClass() is not { } kind)
        {
            await next(context);
            return;
        }

        var caller = callers.Get(context);
        var decision = await caller.AcquireAsync(kind);
        if (decision.IsLocal) telemetry.CountedAlone();
        var headers = context.Response.Headers;
        headers[RateFields.PolicyField] = policies[(int)kind];
        headers[RateFields.LimitField] = RateFields.Limit(kind, limits.RateOf(kind), decision);
        if (!decision.IsAcquired)
        {
            await RefuseAsync(context, kind, "rate", TooOften(kind).Retry(decision.RetryAfter));
            return;
        }

        var isLongLived = kind.IsLongLived();
        if (!caller.TryEnter(isLongLived))
        {
            await RefuseAsync(context, kind, isLongLived ? "caller_streams" : "caller_calls", TooManyOfCaller(isLongLived).Retry(RetryDelay));
            return;
        }

        try
        {
            if (isLongLived) await next(context);
            else await LimitAllAsync(context, kind);
        }
        finally
        {
            caller.Leave(isLongLived);
        }
    }

    private async Task LimitAllAsync(HttpContext context, CallClass kind)
    {
        try
        {
            if (Interlocked.Increment(ref inProgress) <= limits.CallsAtOnce) await next(context);
            else await RefuseAsync(context, kind, "all_calls", overloaded, overloadedFields);
        }
        finally
        {
            Interlocked.Decrement(ref inProgress);
        }
    }

    private Task RefuseAsync(HttpContext context, CallClass kind, string limit, ApiException error, IReadOnlyList<(string Name, string Value)>? fields = null)
    {
        telemetry.Refused(limit, kind.Name());
        return context.WriteErrorAsync(error, fields);
    }

    private ApiException TooOften(CallClass kind) =>
        GatewayErrors.TooManyCalls.With(("calls_per_second", Text(limits.RateOf(kind).PerSecond)), ("class", kind.Name()));

    private ApiException TooManyOfCaller(bool isLongLived) => isLongLived
        ? GatewayErrors.TooManyStreams.With(("streams", Text(limits.CallerStreams)))
        : GatewayErrors.TooManyAtOnce.With(("calls", Text(limits.CallerCallsAtOnce)));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

internal static class CallLimitSetup
{
    public static void AddCallLimits(this IServiceCollection services)
    {
        services.AddSingleton<CallerTable>();
        services.AddSingleton<ISharedBuckets, SharedBuckets>();
    }
}
