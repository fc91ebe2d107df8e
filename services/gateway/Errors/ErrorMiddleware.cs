using System.Diagnostics;
using Jiceng.Domain;
using Jiceng.Gateway.Routing;
using Yarp.ReverseProxy.Forwarder;

namespace Jiceng.Gateway.Errors;

/// <summary>Turns exceptions, and the bare status codes of the proxy, into error responses.</summary>
internal sealed partial class ErrorMiddleware(RequestDelegate next, ILogger<ErrorMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context, GatewayLimits limits)
    {
        try
        {
            await next(context);
        }
        catch (Exception e) when (e is BadHttpRequestException or ApiException && !context.Response.HasStarted)
        {
            await context.WriteErrorAsync(RequestFailure(e, limits)!);
            return;
        }
        catch (Exception e) when (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            LogFailed(logger, e);
            await context.WriteErrorAsync(Failed());
            return;
        }

        if (context.IsForwarded() && !context.RequestAborted.IsCancellationRequested && !context.Response.HasStarted
            && ForwardFailure(context, limits) is { } refusal)
        {
            if (context.GetForwarderErrorFeature() is { } error)
                LogNotForwarded(logger, StreamTerminationMiddleware.ServiceOf(context), error.Error, error.Exception?.GetBaseException().Message);
            await context.WriteErrorAsync(refusal);
        }
    }

    /// <summary>A gRPC service answers every call with HTTP status 200; any other status is from the proxy or from something in between.</summary>
    private static ApiException? ForwardFailure(HttpContext context, GatewayLimits limits)
    {
        var error = context.GetForwarderErrorFeature();
        if (RequestFailure(error?.Exception, limits) is { } bad) return bad;
        return context.Response.StatusCode switch
        {
            StatusCodes.Status200OK => null,
            StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable or StatusCodes.Status504GatewayTimeout =>
                GatewayErrors.ServiceUnavailable.With(("service", StreamTerminationMiddleware.ServiceOf(context))).Retry(StreamTerminationMiddleware.RetryAfter),
            >= 400 and < 500 when error is not null => GatewayErrors.RequestBroken.With(),
            _ => Failed(),
        };
    }

    /// <summary>A fault of the gateway, with what finds it in the traces.</summary>
    public static ApiException Failed() => GatewayErrors.GatewayFailed.With(("trace_id", Activity.Current?.TraceId.ToHexString() ?? "none"));

    /// <summary>What is wrong with the body of the request, where reading it failed.</summary>
    private static ApiException? RequestFailure(Exception? e, GatewayLimits limits) => e switch
    {
        null => null,
        ApiException refusal => refusal,
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => limits.TooLarge(),
        BadHttpRequestException => GatewayErrors.RequestBroken.With(),
        AggregateException many => many.InnerExceptions.Select(inner => RequestFailure(inner, limits)).FirstOrDefault(found => found is not null),
        _ => RequestFailure(e.InnerException, limits),
    };

    [LoggerMessage(LogLevel.Warning, "The call was not forwarded to {Service}: {Error}, {Problem}")]
    private static partial void LogNotForwarded(ILogger logger, string service, ForwarderError error, string? problem);

    [LoggerMessage(LogLevel.Error, "The gateway failed")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
