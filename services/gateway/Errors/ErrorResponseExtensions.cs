using System.Diagnostics;
using System.Globalization;
using Jiceng.Domain;
using Jiceng.Gateway.Protocols;
using Microsoft.AspNetCore.Mvc;

namespace Jiceng.Gateway.Errors;

/// <summary>Writes an error as the response: status and details for gRPC callers, problem+json for others.</summary>
internal static class ErrorResponseExtensions
{
    /// <param name="context">The call.</param>
    /// <param name="error">What is wrong.</param>
    /// <param name="fields">The fields of <see cref="GrpcStatus.FieldsOf"/>, when they are made already because many callers get the same error.</param>
    public static Task WriteErrorAsync(this HttpContext context, ApiException error, IReadOnlyList<(string Name, string Value)>? fields = null)
    {
        if (context.Response.HasStarted) return Task.CompletedTask;
        context.Items[typeof(ApiException)] = error;
        var headers = context.Response.Headers;
        headers.ContentLength = null;
        if (error.Reason.Kind == ErrorKind.Unauthenticated) headers.WWWAuthenticate = "Bearer";
        if (error.RetryAfter is { } after)
            headers.RetryAfter = Math.Ceiling(after.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return context.Request.IsGrpc() ? WriteGrpcAsync(context.Response, fields ?? GrpcStatus.FieldsOf(error)) : WriteProblemAsync(context, error);
    }

    /// <summary>Ends a gRPC response that has started, so that the caller learns why no more comes.</summary>
    public static void AppendErrorTrailers(this HttpContext context, ApiException error)
    {
        context.Items[typeof(ApiException)] = error;
        foreach (var (name, value) in GrpcStatus.FieldsOf(error)) context.Response.AppendTrailer(name, value);
    }

    private static async Task WriteGrpcAsync(HttpResponse response, IReadOnlyList<(string Name, string Value)> fields)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/grpc";
        foreach (var (name, value) in fields) response.Headers[name] = value;
        // Headers without a body: the trailers-only form, which every gRPC client reads.
        await response.CompleteAsync();
    }

    private static Task WriteProblemAsync(HttpContext context, ApiException error)
    {
        var status = HttpStatusOf(error.Reason);
        context.Response.StatusCode = status;
        var problem = new ProblemDetails { Status = status, Title = error.Reason.Reason, Detail = error.Message };
        problem.Extensions["domain"] = error.Reason.Domain;
        problem.Extensions["message_zh"] = error.Chinese;
        if (Activity.Current is { } activity) problem.Extensions["trace_id"] = activity.TraceId.ToHexString();
        return context.Response.WriteAsJsonAsync(problem, options: null, contentType: "application/problem+json");
    }

    private static int HttpStatusOf(ErrorReason reason) => reason.Kind switch
    {
        _ when reason == GatewayErrors.RequestTooLarge => StatusCodes.Status413PayloadTooLarge,
        _ when reason == GatewayErrors.NotGrpc => StatusCodes.Status415UnsupportedMediaType,
        ErrorKind.Invalid => StatusCodes.Status400BadRequest,
        ErrorKind.Unauthenticated => StatusCodes.Status401Unauthorized,
        ErrorKind.Denied => StatusCodes.Status403Forbidden,
        ErrorKind.Exhausted => StatusCodes.Status429TooManyRequests,
        ErrorKind.Unavailable => StatusCodes.Status503ServiceUnavailable,
        ErrorKind.Unimplemented => StatusCodes.Status404NotFound,
        _ => StatusCodes.Status500InternalServerError,
    };
}
