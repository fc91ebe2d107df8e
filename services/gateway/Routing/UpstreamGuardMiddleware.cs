using System.Globalization;
using Jiceng.Gateway.Errors;
using Jiceng.Gateway.Limits;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Jiceng.Gateway.Routing;

/// <summary>
/// Keeps a service that does not answer from blocking its callers and the calls to other services: a unary call ends soon after its deadline,
/// whatever the service does, and calls to a service that failed several times in a row, or fails its probes, are refused at once
/// (<see cref="Circuit"/>). A request stream ends when it is idle for too long.
/// </summary>
internal sealed partial class UpstreamGuardMiddleware(RequestDelegate next, Circuits circuits, GatewayLimits limits, ILogger<UpstreamGuardMiddleware> logger)
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
        var circuit = circuits.Get(service);
        if (!circuit.TryAcquire(AllUnhealthy(cluster), out var retryAfter))
        {
            await context.WriteErrorAsync(GatewayErrors.ServiceUnavailable.With(("service", service)).Retry(retryAfter));
            return;
        }

        var succeeded = context.GetCallClass() switch
        {
            CallClass.Stream => await ForwardAsync(context),
            CallClass.Import => await ForwardWithIdleTimeoutAsync(context),
            var kind => await ForwardWithDeadlineAsync(context, service, limits.DeadlineOf(kind ?? CallClass.Read)),
        };
        if (succeeded is null) return;
        if (succeeded.Value)
        {
            if (circuit.RecordSuccess()) LogClosed(logger, service);
        }
        else if (circuit.RecordFailure())
        {
            LogOpened(logger, service, limits.CircuitFailures);
        }
    }

    /// <summary>Returns whether the service answered; null when that is unknown.</summary>
    private async Task<bool?> ForwardAsync(HttpContext context)
    {
        await next(context);
        // A caller who left proves nothing about the service.
        if (context.RequestAborted.IsCancellationRequested) return null;
        return context.GetForwarderErrorFeature()?.Error switch
        {
            null => context.Response.StatusCode != StatusCodes.Status503ServiceUnavailable,
            ForwarderError.Request or ForwarderError.RequestTimedOut or ForwarderError.NoAvailableDestinations => false,
            _ => null,
        };
    }

    /// <summary>A client that starts an import and falls silent would hold a stream and its resources in the service as long as the connection lives.</summary>
    private async Task<bool?> ForwardWithIdleTimeoutAsync(HttpContext context)
    {
        var (callerGone, body) = (context.RequestAborted, context.Request.Body);
        using var idle = CancellationTokenSource.CreateLinkedTokenSource(callerGone);
        context.RequestAborted = idle.Token;
        context.Request.Body = new IdleTimeoutStream(body, limits.Silence, idle);
        var succeeded = await ForwardAsync(context);
        (context.RequestAborted, context.Request.Body) = (callerGone, body);
        if (!idle.IsCancellationRequested || callerGone.IsCancellationRequested) return succeeded;
        await context.WriteErrorAsync(GatewayErrors.RequestSilent.With(("seconds", Seconds(limits.Silence))).Retry(StreamTerminationMiddleware.RetryAfter));
        return null;
    }

    private async Task<bool?> ForwardWithDeadlineAsync(HttpContext context, string service, TimeSpan defaultDeadline)
    {
        var callerGone = context.RequestAborted;
        using var late = CancellationTokenSource.CreateLinkedTokenSource(callerGone);
        var deadline = GrpcTimeout.Read(context.Request) ?? defaultDeadline;
        late.CancelAfter(deadline + Grace);
        context.RequestAborted = late.Token;
        var succeeded = await ForwardAsync(context);
        context.RequestAborted = callerGone;
        // Slow callers end so too, which proves nothing about the service. The health probes find out when it hangs.
        if (!late.IsCancellationRequested || callerGone.IsCancellationRequested) return succeeded;
        await context.WriteErrorAsync(GatewayErrors.CallTooLong.With(("service", service), ("seconds", Seconds(deadline))).Retry(StreamTerminationMiddleware.RetryAfter));
        return null;
    }

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);

    /// <summary>When all destinations fail their probes, the proxy itself would still forward to them.</summary>
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

/// <summary>Cancels when a read waits longer than the timeout. The time between reads does not count.</summary>
internal sealed class IdleTimeoutStream(Stream inner, TimeSpan timeout, CancellationTokenSource idle) : ForwardOnlyStream
{
    public override bool CanRead => true;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        idle.CancelAfter(timeout);
        try
        {
            return await inner.ReadAsync(buffer, cancellationToken);
        }
        finally
        {
            idle.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
}

/// <summary>The caller's deadline: <c>grpc-timeout</c> is a number of at most eight digits and a unit.</summary>
internal static class GrpcTimeout
{
    public static TimeSpan? Read(HttpRequest request) => request.Headers.TryGetValue("grpc-timeout", out var header) ? Parse(header.ToString()) : null;

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
