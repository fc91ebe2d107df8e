using System.Diagnostics;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Jiceng.Domain;
using Jiceng.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Jiceng.Rpc;

/// <summary>Sends an <see cref="ApiException"/> to the caller in full; of any other exception only the trace id.</summary>
internal sealed partial class ErrorInterceptor(IHostApplicationLifetime lifetime, ILogger<ErrorInterceptor> logger) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        context.GetHttpContext().Items[UnreadRequests.Read] = true;
        try
        {
            return await continuation(request, context);
        }
        catch (Exception error) when (Translate(error, context) is { } translated)
        {
            throw translated;
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        context.GetHttpContext().Items[UnreadRequests.Read] = true;
        try
        {
            await continuation(request, responseStream, context);
        }
        catch (Exception error) when (Translate(error, context) is { } translated)
        {
            throw translated;
        }
    }

    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        ServerCallContext context,
        ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        context.GetHttpContext().Items[UnreadRequests.Read] = true;
        try
        {
            return await continuation(new ReadRequests<TRequest>(requestStream, context), context);
        }
        catch (Exception error) when (Translate(error, context) is { } translated)
        {
            throw translated;
        }
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        context.GetHttpContext().Items[UnreadRequests.Read] = true;
        try
        {
            await continuation(new ReadRequests<TRequest>(requestStream, context), responseStream, context);
        }
        catch (Exception error) when (Translate(error, context) is { } translated)
        {
            throw translated;
        }
    }

    /// <summary>A fault of the software, of which callers get the trace id only.</summary>
    public static ApiException InternalError() => CommonErrors.InternalError.With(("trace_id", Activity.Current?.TraceId.ToHexString() ?? "none"));

    private RpcException? Translate(Exception error, ServerCallContext context)
    {
        switch (error)
        {
            case ApiException refused:
                return refused.ToRpcException();
            case RpcException:
                return null;
            case OperationCanceledException or IOException when OpenStream.TokenEnded(context.GetHttpContext()):
                return CommonErrors.TokenInvalid.With(("problem", "it ended while the stream was open")).ToRpcException();
            case OperationCanceledException when lifetime.ApplicationStopping.IsCancellationRequested:
                // Hosting ends the streams that are open when the service stops.
                return CommonErrors.DependencyUnavailable.With(("dependency", "service")).Retry(TimeSpan.FromSeconds(1)).ToRpcException();
            case OperationCanceledException or IOException when context.CancellationToken.IsCancellationRequested:
                return new RpcException(new Status(StatusCode.Cancelled, "The caller went away or the deadline passed."));
            default:
                LogFailure(logger, error, context.Method);
                return InternalError().ToRpcException();
        }
    }

    [LoggerMessage(1, LogLevel.Error, "The method {Method} failed")]
    private static partial void LogFailure(ILogger logger, Exception error, string method);
}
