using System.Diagnostics;
using Jiceng.Domain;
using Jiceng.Gateway.Routing;
using Yarp.ReverseProxy.Forwarder;

namespace Jiceng.Gateway.Errors;

/// <summary>Turns what the proxy reports by a bare status code, and what throws, into an answer that says why.</summary>
internal sealed partial class ErrorMiddleware(RequestDelegate next, ILogger<ErrorMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context, GatewayLimits limits)
    {
        try
        {
            await next(context);
        }
        catch (BadHttpRequestException e) when (!context.Response.HasStarted)
        {
            await context.RefuseAsync(ReadFailure(e, limits));
            return;
        }
        catch (Exception e) when (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            LogFailed(logger, e);
            await context.RefuseAsync(Failed());
            return;
        }

        if (context.IsForwarded() && !context.RequestAborted.IsCancellationRequested && !context.Response.HasStarted
            && ForwardFailure(context, limits) is { } refusal)
        {
            if (context.GetForwarderErrorFeature() is { } error)
                LogNotForwarded(logger, BrokenStream.ServiceOf(context), error.Error, error.Exception?.GetBaseException().Message);
            await context.RefuseAsync(refusal);
        }
    }

    /// <summary>A gRPC service answers every call with status 200; anything else is the proxy's word, or that of something in between.</summary>
    private static RefusedException? ForwardFailure(HttpContext context, GatewayLimits limits)
    {
        var error = context.GetForwarderErrorFeature();
        if (BadRequestIn(error?.Exception) is { } bad) return ReadFailure(bad, limits);
        return context.Response.StatusCode switch
        {
            StatusCodes.Status200OK => null,
            StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable or StatusCodes.Status504GatewayTimeout =>
                GatewayErrors.ServiceUnavailable.With(("service", BrokenStream.ServiceOf(context))).Retry(BrokenStream.RetryAfter),
            >= 400 and < 500 when error is not null => GatewayErrors.RequestBroken.With(),
            _ => Failed(),
        };
    }

    private static RefusedException Failed() => GatewayErrors.GatewayFailed.With(("trace_id", Activity.Current?.TraceId.ToHexString() ?? "none"));

    private static RefusedException ReadFailure(BadHttpRequestException e, GatewayLimits limits) =>
        e.StatusCode == StatusCodes.Status413PayloadTooLarge ? limits.TooLarge() : GatewayErrors.RequestBroken.With();

    private static BadHttpRequestException? BadRequestIn(Exception? e) => e switch
    {
        null => null,
        BadHttpRequestException bad => bad,
        AggregateException many => many.InnerExceptions.Select(BadRequestIn).FirstOrDefault(bad => bad is not null),
        _ => BadRequestIn(e.InnerException),
    };

    [LoggerMessage(LogLevel.Warning, "The call was not forwarded to {Service}: {Error}, {Problem}")]
    private static partial void LogNotForwarded(ILogger logger, string service, ForwarderError error, string? problem);

    [LoggerMessage(LogLevel.Error, "The gateway failed")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
