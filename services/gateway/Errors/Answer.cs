using System.Diagnostics;
using System.Globalization;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Jiceng.Domain;
using Microsoft.AspNetCore.Mvc;
using HttpRequest = Microsoft.AspNetCore.Http.HttpRequest;
using HttpResponse = Microsoft.AspNetCore.Http.HttpResponse;
using Status = Google.Rpc.Status;

namespace Jiceng.Gateway.Errors;

/// <summary>Tells a caller why the gateway refuses: gRPC callers by status and details, others by problem+json.</summary>
internal static class Answer
{
    private const string GrpcType = "application/grpc";

    public static bool IsGrpc(this HttpRequest request) =>
        request.ContentType is { } type && type.StartsWith(GrpcType, StringComparison.OrdinalIgnoreCase)
        // application/grpc-web and the like are something else.
        && (type.Length == GrpcType.Length || type[GrpcType.Length] is '+' or ';')
        && HttpProtocol.IsHttp2(request.Protocol);

    /// <summary>The full name of the method, as it stands in the path.</summary>
    public static string Method(this HttpRequest request) => request.Path.Value?.TrimStart('/') ?? "";

    /// <param name="context">The call.</param>
    /// <param name="refusal">Why.</param>
    /// <param name="fields">The <see cref="StatusFields"/> of the refusal, when it is one that many are given.</param>
    public static Task RefuseAsync(this HttpContext context, ApiException refusal, IReadOnlyList<(string Name, string Value)>? fields = null)
    {
        if (context.Response.HasStarted) return Task.CompletedTask;
        context.Items[typeof(ApiException)] = refusal;
        var headers = context.Response.Headers;
        headers.ContentLength = null;
        if (refusal.Reason.Kind == ErrorKind.Unauthenticated) headers.WWWAuthenticate = "Bearer";
        if (refusal.RetryAfter is { } after)
            headers.RetryAfter = Math.Ceiling(after.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return context.Request.IsGrpc() ? GrpcAsync(context.Response, fields ?? StatusFields(refusal)) : ProblemAsync(context, refusal);
    }

    /// <summary>Ends a gRPC answer that has begun, so that the caller learns why no more comes.</summary>
    public static void BreakOff(this HttpContext context, ApiException refusal)
    {
        context.Items[typeof(ApiException)] = refusal;
        foreach (var (name, value) in StatusFields(refusal)) context.Response.AppendTrailer(name, value);
    }

    /// <summary>The status of a gRPC answer.</summary>
    public static IReadOnlyList<(string Name, string Value)> StatusFields(ApiException refusal)
    {
        var code = CodeOf(refusal.Reason.Kind);
        return
        [
            ("grpc-status", ((int)code).ToString(CultureInfo.InvariantCulture)),
            ("grpc-message", PercentEncode(refusal.Message)),
            ("grpc-status-details-bin", Convert.ToBase64String(Details(code, refusal).ToByteArray())),
        ];
    }

    private static async Task GrpcAsync(HttpResponse response, IReadOnlyList<(string Name, string Value)> fields)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/grpc";
        foreach (var (name, value) in fields) response.Headers[name] = value;
        // Headers without a body: the trailers-only form, which every gRPC client reads.
        await response.CompleteAsync();
    }

    private static Task ProblemAsync(HttpContext context, ApiException refusal)
    {
        var status = HttpStatusOf(refusal.Reason);
        context.Response.StatusCode = status;
        var problem = new ProblemDetails { Status = status, Title = refusal.Reason.Reason, Detail = refusal.Message };
        problem.Extensions["domain"] = refusal.Reason.Domain;
        problem.Extensions["message_zh"] = refusal.Chinese;
        if (Activity.Current is { } activity) problem.Extensions["trace_id"] = activity.TraceId.ToHexString();
        return context.Response.WriteAsJsonAsync(problem, options: null, contentType: "application/problem+json");
    }

    private static Status Details(StatusCode code, ApiException refusal)
    {
        var status = new Status { Code = (int)code, Message = refusal.Message };
        var info = new ErrorInfo { Domain = refusal.Reason.Domain, Reason = refusal.Reason.Reason };
        foreach (var (key, value) in refusal.Metadata) info.Metadata.Add(key, value);
        status.Details.Add(Any.Pack(info));
        if (refusal.Fields.Count > 0)
        {
            var bad = new BadRequest();
            bad.FieldViolations.AddRange(refusal.Fields.Select(field => new BadRequest.Types.FieldViolation { Field = field.Field, Description = field.Right }));
            status.Details.Add(Any.Pack(bad));
        }

        if (refusal.RetryAfter is { } after) status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(after) }));
        status.Details.Add(Any.Pack(new LocalizedMessage { Locale = "zh-CN", Message = refusal.Chinese }));
        return status;
    }

    private static StatusCode CodeOf(ErrorKind kind) => kind switch
    {
        ErrorKind.Invalid => StatusCode.InvalidArgument,
        ErrorKind.Unauthenticated => StatusCode.Unauthenticated,
        ErrorKind.Denied => StatusCode.PermissionDenied,
        ErrorKind.Exhausted => StatusCode.ResourceExhausted,
        ErrorKind.Unavailable => StatusCode.Unavailable,
        ErrorKind.Unimplemented => StatusCode.Unimplemented,
        _ => StatusCode.Internal,
    };

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

    /// <summary>grpc-message holds printable ASCII; every other byte, and the percent sign, is escaped.</summary>
    private static string PercentEncode(string message)
    {
        var text = new StringBuilder(message.Length);
        foreach (var b in Encoding.UTF8.GetBytes(message))
        {
            if (b is >= 0x20 and <= 0x7E and not (byte)'%') text.Append((char)b);
            else text.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }

        return text.ToString();
    }
}
