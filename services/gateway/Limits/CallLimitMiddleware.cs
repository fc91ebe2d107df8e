using System.Globalization;
using Jiceng.Domain;
using Jiceng.Gateway.Errors;
using Jiceng.Gateway.Protocols;
using Jiceng.Gateway.Routing;
using Jiceng.Gateway.Shared;

namespace Jiceng.Gateway.Limits;

/// <summary>
/// How often a caller may call, by class of the method; how much one caller, and how much all together, may have under way at once. What is
/// too much is told at once, so that what was taken is answered in time. Streams are meant to stay: of them only one caller's are counted.
/// </summary>
internal sealed class CallLimitMiddleware
{
    private static readonly TimeSpan SoonAgain = TimeSpan.FromSeconds(1);
    private readonly RequestDelegate next;
    private readonly GatewayLimits limits;
    private readonly CallClasses classes;
    private readonly CallerTable callers;
    private readonly GatewayTelemetry telemetry;
    private readonly string[] policies;
    private readonly ApiException overloaded;
    private readonly IReadOnlyList<(string Name, string Value)> overloadedFields;
    private int underWay;

    public CallLimitMiddleware(RequestDelegate next, GatewayLimits limits, CallClasses classes, CallerTable callers, GatewayTelemetry telemetry)
    {
        (this.next, this.limits, this.classes, this.callers, this.telemetry) = (next, limits, classes, callers, telemetry);
        // Many are given it, and while they are there is no time to write it anew each time.
        overloaded = GatewayErrors.Overloaded.With(("calls_at_once", Text(limits.CallsAtOnce))).Retry(SoonAgain);
        overloadedFields = GrpcStatus.FieldsOf(overloaded);
        policies = [.. Enum.GetValues<CallClass>().Select(kind => RateFields.Policy(kind, limits.RateOf(kind)))];
    }

    public async Task InvokeAsync(HttpContext context)
    {
        if (classes.Of(context) is not { } kind)
        {
            await next(context);
            return;
        }

        var caller = callers.Of(context);
        var taken = await caller.TakeAsync(kind);
        if (taken.Alone) telemetry.CountedAlone();
        var headers = context.Response.Headers;
        headers[RateFields.PolicyField] = policies[(int)kind];
        headers[RateFields.LimitField] = RateFields.Limit(kind, limits.RateOf(kind), taken);
        if (!taken.Granted)
        {
            await RefuseAsync(context, kind, "rate", TooOften(kind).Retry(taken.Wait));
            return;
        }

        var stays = kind.Stays();
        if (!caller.TryEnter(stays))
        {
            await RefuseAsync(context, kind, stays ? "caller_streams" : "caller_calls", TooManyOfCaller(stays).Retry(SoonAgain));
            return;
        }

        try
        {
            if (stays) await next(context);
            else await PassAsync(context, kind);
        }
        finally
        {
            caller.Leave(stays);
        }
    }

    private async Task PassAsync(HttpContext context, CallClass kind)
    {
        try
        {
            if (Interlocked.Increment(ref underWay) <= limits.CallsAtOnce) await next(context);
            else await RefuseAsync(context, kind, "all_calls", overloaded, overloadedFields);
        }
        finally
        {
            Interlocked.Decrement(ref underWay);
        }
    }

    private Task RefuseAsync(HttpContext context, CallClass kind, string limit, ApiException refusal, IReadOnlyList<(string Name, string Value)>? fields = null)
    {
        telemetry.Refused(limit, kind.Word());
        return context.WriteErrorAsync(refusal, fields);
    }

    private ApiException TooOften(CallClass kind) =>
        GatewayErrors.TooManyCalls.With(("calls_per_second", Text(limits.RateOf(kind).PerSecond)), ("class", kind.Word()));

    private ApiException TooManyOfCaller(bool stays) => stays
        ? GatewayErrors.TooManyStreams.With(("streams", Text(limits.CallerStreams)))
        : GatewayErrors.TooManyAtOnce.With(("calls", Text(limits.CallerCallsAtOnce)));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

internal static class CallLimitSetup
{
    public static void AddCallLimits(this IServiceCollection services)
    {
        services.AddSingleton<CallClasses>();
        services.AddSingleton<CallerTable>();
        services.AddSingleton<ISharedBuckets, SharedBuckets>();
    }
}
