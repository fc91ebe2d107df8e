using Google.Protobuf;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Jiceng.Domain;
using Jiceng.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Jiceng.Rpc;

/// <summary>
/// Requests that cannot be read fail before any interceptor is asked, as UNKNOWN or INTERNAL, as if the service were to blame. Here the
/// caller receives what is wrong with the request, as an error of the usual form.
/// </summary>
internal sealed partial class UnreadRequests(ILogger<UnreadRequests> logger) : IStartupFilter
{
    /// <summary>Set once a request was read: what fails from then on is the service's own fault.</summary>
    public static readonly object Read = new();

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(async (context, call) =>
        {
            await call(context);
            Answer(context);
        });
        next(app);
    };

    /// <summary>The error for a request that failed with this status while it was read, or null if the caller is not at fault.</summary>
    public static ApiException? Refusal(StatusCode code) => code switch
    {
        StatusCode.ResourceExhausted => CommonErrors.RequestTooLarge.With(),
        StatusCode.Unimplemented => CommonErrors.EncodingUnknown.With(),
        StatusCode.Internal or StatusCode.Unknown => CommonErrors.RequestBroken.With(),
        _ => null,
    };

    private void Answer(HttpContext context)
    {
        var headers = context.Response.Headers;
        if (context.Response.HasStarted || context.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>() is not { } method) return;
        if (context.Response.StatusCode != StatusCodes.Status200OK || headers.ContainsKey(ErrorStatus.DetailsHeader)) return;
        if (!int.TryParse(headers["grpc-status"], out var status) || Refusal((StatusCode)status) is not { } refusal) return;
        if (context.Items.ContainsKey(Read))
        {
            LogUnsent(logger, method.Method.FullName);
            refusal = ErrorInterceptor.InternalError();
        }

        var error = refusal.ToRpcStatus();
        headers["grpc-status"] = error.Code.ToString(System.Globalization.CultureInfo.InvariantCulture);
        // Reasons and messages of the service itself are ASCII without percent signs, as the header asks for.
        headers["grpc-message"] = error.Message;
        headers[ErrorStatus.DetailsHeader] = Convert.ToBase64String(error.ToByteArray());
    }

    [LoggerMessage(1, LogLevel.Error, "The answer of {Method} could not be written")]
    private static partial void LogUnsent(ILogger logger, string method);
}

/// <summary>The requests of a stream; one that cannot be read is refused.</summary>
internal sealed class ReadRequests<T>(IAsyncStreamReader<T> inner, ServerCallContext context) : IAsyncStreamReader<T>
{
    public T Current => inner.Current;

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        try
        {
            return await inner.MoveNext(cancellationToken);
        }
        catch (RpcException unread) when (UnreadRequests.Refusal(unread.StatusCode) is { } refusal)
        {
            throw refusal;
        }
        catch (Exception unread) when (unread is not (RpcException or OperationCanceledException) && !context.CancellationToken.IsCancellationRequested)
        {
            // Any exception: the parser throws its own types for some faults only.
            throw CommonErrors.RequestBroken.With();
        }
    }
}
