using System.Globalization;
using Jiceng.Gateway.Errors;
using Jiceng.Gateway.Limits;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Jiceng.Gateway.Routing;

/// <summary>
/// Keeps a service that does not answer from holding up its callers and everybody else's: a call with one answer ends soon after its deadline,
/// whatever the service does, and calls to a service that failed several times in a row, or fails its probes, are refused at once
/// (<see cref="Circuit"/>). A request stream ends when it brings nothing for long.
/// </summary>
internal sealed partial class UpstreamGuardMiddleware(RequestDelegate next, Circuits circuits, CallClasses classes, GatewayLimits limits, ILogger<UpstreamGuardMiddleware> logger)
{
    /// <summary>The service, which knows the deadline, should have ended the call itself by then, and says why better.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<RouteModel>()?.Cluster is not { } cluster)
        {
            await next(context);
            return;
        }

        var service = cluster.ClusterId;
        var circuit = circuits.Of(service);
        if (circuit.Refuses(AllUnhealthy(cluster)) is { } wait)
        {
            await context.WriteErrorAsync(GatewayErrors.ServiceUnavailable.With(("service", service)).Retry(wait));
            return;
        }

        var answered = classes.Find(context.Request.Path.Value) switch
        {
            CallClass.Stream => await PassAsync(context),
            CallClass.Import => await PassWhileItComesAsync(context),
            var kind => await PassInTimeAsync(context, service, limits.DeadlineOf(kind ?? CallClass.Read)),
        };
        if (answered is null) return;
        if (answered.Value)
        {
            if (circuit.Answered()) LogClosed(logger, service);
        }
        else if (circuit.Failed())
        {
            LogOpened(logger, service, limits.CircuitFailures);
        }
    }

    /// <summary>Whether the service answered; null when nobody can tell.</summary>
    private async Task<bool?> PassAsync(HttpContext context)
    {
        await next(context);
        // Nothing is learnt from a caller who left.
        if (context.RequestAborted.IsCancellationRequested) return null;
        return context.GetForwarderErrorFeature()?.Error switch
        {
            null => context.Response.StatusCode != StatusCodes.Status503ServiceUnavailable,
            ForwarderError.Request or ForwarderError.RequestTimedOut or ForwarderError.NoAvailableDestinations => false,
            _ => null,
        };
    }

    /// <summary>Who began to bring something in and is silent would hold a stream, and what the service keeps for it, while the connection lives.</summary>
    private async Task<bool?> PassWhileItComesAsync(HttpContext context)
    {
        var (callerGone, body) = (context.RequestAborted, context.Request.Body);
        using var silent = CancellationTokenSource.CreateLinkedTokenSource(callerGone);
        context.RequestAborted = silent.Token;
        context.Request.Body = new AwaitedBody(body, limits.Silence, silent);
        var answered = await PassAsync(context);
        (context.RequestAborted, context.Request.Body) = (callerGone, body);
        if (!silent.IsCancellationRequested || callerGone.IsCancellationRequested) return answered;
        await context.WriteErrorAsync(GatewayErrors.RequestSilent.With(("seconds", Seconds(limits.Silence))).Retry(StreamTerminationMiddleware.RetryAfter));
        return null;
    }

    private async Task<bool?> PassInTimeAsync(HttpContext context, string service, TimeSpan usual)
    {
        var callerGone = context.RequestAborted;
        using var late = CancellationTokenSource.CreateLinkedTokenSource(callerGone);
        var deadline = GrpcTimeout.Of(context.Request, usual);
        late.CancelAfter(deadline + Grace);
        context.RequestAborted = late.Token;
        var answered = await PassAsync(context);
        context.RequestAborted = callerGone;
        // Slow callers end so too: nothing is learnt about the service. The probes of health find out when it hangs.
        if (!late.IsCancellationRequested || callerGone.IsCancellationRequested) return answered;
        await context.WriteErrorAsync(GatewayErrors.CallTooLong.With(("service", service), ("seconds", Seconds(deadline))).Retry(StreamTerminationMiddleware.RetryAfter));
        return null;
    }

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);

    /// <summary>The proxy itself would send calls to services of which all fail the probes, in the hope that the probes are wrong.</summary>
    internal static bool AllUnhealthy(ClusterState cluster)
    {
        var destinations = cluster.DestinationsState.AllDestinations;
        foreach (var destination in destinations)
            if (destination.Health.Active != DestinationHealth.Unhealthy) return false;
        return destinations.Count > 0;
    }

    [LoggerMessage(LogLevel.Warning, "{Service} failed {Count} times in a row: calls to it are refused at once until it answers")]
    private static partial void LogOpened(ILogger logger, string service, int count);

    [LoggerMessage(LogLevel.Information, "{Service} answers again")]
    private static partial void LogClosed(ILogger logger, string service);
}

/// <summary>A body of which each part has to come in time. The time in which nobody reads does not count.</summary>
internal sealed class AwaitedBody(Stream inner, TimeSpan longest, CancellationTokenSource silent) : ForwardOnlyStream
{
    public override bool CanRead => true;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        silent.CancelAfter(longest);
        try
        {
            return await inner.ReadAsync(buffer, cancellationToken);
        }
        finally
        {
            silent.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
}

/// <summary>The deadline that a caller set: <c>grpc-timeout</c> is a number of at most eight digits and a unit.</summary>
internal static class GrpcTimeout
{
    public static TimeSpan Of(HttpRequest request, TimeSpan usual) =>
        request.Headers.TryGetValue("grpc-timeout", out var header) && Parse(header.ToString()) is { } set ? set : usual;

    public static TimeSpan? Parse(ReadOnlySpan<char> text)
    {
        if (text.Length is < 2 or > 9 || !int.TryParse(text[..^1], NumberStyles.None, null, out var number)) return null;
        long? ticks = text[^1] switch
        {
            'n' => number / 100,
            'u' => number * TimeSpan.TicksPerMicrosecond,
            'm' => number * TimeSpan.TicksPerMillisecond,
            'S' => number * TimeSpan.TicksPerSecond,
            'M' => number * TimeSpan.TicksPerMinute,
            'H' => number * TimeSpan.TicksPerHour,
            _ => null,
        };
        return ticks is { } value ? TimeSpan.FromTicks(Math.Min(value, Longest.Ticks)) : null;
    }

    /// <summary>Timers take no more than about 49 days.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);
}
