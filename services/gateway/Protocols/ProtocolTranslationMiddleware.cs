using System.Diagnostics;
using Google.Protobuf.Reflection;
using Jiceng.Gateway.Errors;
using Jiceng.Gateway.Routing;

namespace Jiceng.Gateway.Protocols;

/// <summary>
/// Translates Connect and gRPC-Web: the middlewares after this one see a gRPC call, and its response, or its error, goes back in the caller's
/// protocol. Plain gRPC passes unchanged.
/// </summary>
internal sealed partial class ProtocolTranslationMiddleware(RequestDelegate next, ContractMethods methods, GatewayLimits limits, ILogger<ProtocolTranslationMiddleware> logger)
{
    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (request.IsGrpc() || request.ContentType is not { } type || !HttpMethods.IsPost(request.Method) || !IsMethodPath(request.Path.Value)) return next(context);
        if (GrpcWebCall.Of(type) is { } web) return TranslateAsync(context, web.IsText ? "grpc-web-text" : "grpc-web", web.Attach(context));
        return ConnectCall.Of(type, request, methods.Find(request.MethodName())?.Descriptor, limits) is { } call
            ? TranslateAsync(context, call.IsStream ? "connect-stream" : "connect", call.Attach(context))
            : next(context);
    }

    /// <summary>The content types by which a method can be called, except those of plain gRPC.</summary>
    public static string ContentTypes(MethodDescriptor method) => method.IsClientStreaming || method.IsServerStreaming
        ? "application/connect+json, application/connect+proto, application/grpc-web"
        : "application/json, application/proto, application/grpc-web";

    /// <summary>/package.Service/Method; the gateway may have other pages that take JSON.</summary>
    private static bool IsMethodPath(string? path)
    {
        if (path is not { Length: > 1 }) return false;
        var slash = path.IndexOf('/', 1);
        return slash > 0 && slash < path.Length - 1 && path.IndexOf('/', slash + 1) < 0 && path.AsSpan(1, slash - 1).Contains('.');
    }

    private async Task TranslateAsync(HttpContext context, string name, TranslatedResponse answer)
    {
        Activity.Current?.SetTag("jiceng.protocol", name);
        var request = context.Request;
        var protocol = request.Protocol;
        // gRPC needs HTTP/2 for its trailers; this translation has trailers on every connection.
        request.Protocol = HttpProtocol.Http2;
        request.ContentType = "application/grpc";
        request.ContentLength = null;
        request.Headers.TE = "trailers";
        context.Items[typeof(ProtocolTranslationMiddleware)] = $"{name} over {protocol}";
        answer.Attach();
        try
        {
            await next(context);
            await FinishAsync(context, answer);
        }
        finally
        {
            answer.Detach();
            request.Protocol = protocol;
        }
    }

    /// <summary>A response that is not a valid message becomes an error here, since ErrorMiddleware is behind this one.</summary>
    private async Task FinishAsync(HttpContext context, TranslatedResponse answer)
    {
        try
        {
            await answer.FinishAsync();
        }
        catch (Exception e) when (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            LogNotTranslated(logger, context.Request.MethodName(), e);
            answer.Trailers.Clear();
            context.AppendErrorTrailers(ErrorMiddleware.Failed());
            await answer.FinishAsync();
        }
    }

    [LoggerMessage(LogLevel.Error, "The answer of {Method} could not be translated")]
    private static partial void LogNotTranslated(ILogger logger, string method, Exception exception);
}

internal static class CallerProtocolExtensions
{
    /// <summary>What the caller speaks, for the log, such as <c>connect over HTTP/1.1</c>.</summary>
    public static string CallerProtocol(this HttpContext context)
    {
        if (context.Items[typeof(ProtocolTranslationMiddleware)] is string translated) return translated;
        return context.Request.IsGrpc() ? "grpc over HTTP/2" : context.Request.Protocol;
    }
}
