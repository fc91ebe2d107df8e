using System.Diagnostics;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Jiceng.Domain;

namespace Jiceng.Rpc;

/// <summary>Turns a refusal into the gRPC status that clients see: google.rpc.Status with one ErrorInfo (AIP-193).</summary>
internal static class RpcErrors
{
    public const string DetailsTrailer = "grpc-status-details-bin";

    public static RpcException ToRpcException(ApiException refused)
    {
        var code = CodeOf(refused.Reason.Kind);
        var status = new Google.Rpc.Status { Code = (int)code, Message = refused.Message };
        var info = new ErrorInfo { Reason = refused.Reason.Reason, Domain = refused.Reason.Domain };
        info.Metadata.Add(refused.Metadata.ToDictionary());
        status.Details.Add(Any.Pack(info));
        status.Details.Add(Any.Pack(new LocalizedMessage { Locale = "zh-CN", Message = refused.Chinese }));
        if (refused.Fields.Count > 0)
        {
            var bad = new BadRequest();
            bad.FieldViolations.Add(refused.Fields.Select(field =>
                new BadRequest.Types.FieldViolation { Field = field.Field, Description = field.Right }));
            status.Details.Add(Any.Pack(bad));
        }

        if (refused.RetryAfter is { } after)
            status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(after) }));
        var trailers = new Metadata { { DetailsTrailer, status.ToByteArray() } };
        return new RpcException(new Grpc.Core.Status(code, refused.Message), trailers);
    }

    /// <summary>A fault of the software, told by its trace id.</summary>
    public static ApiException Internal() => CommonErrors.InternalError.With(("trace_id", Activity.Current?.TraceId.ToHexString() ?? "none"));

    private static StatusCode CodeOf(ErrorKind kind) => kind switch
    {
        ErrorKind.Invalid => StatusCode.InvalidArgument,
        ErrorKind.NotFound => StatusCode.NotFound,
        ErrorKind.AlreadyExists => StatusCode.AlreadyExists,
        ErrorKind.Precondition => StatusCode.FailedPrecondition,
        ErrorKind.Denied => StatusCode.PermissionDenied,
        ErrorKind.Unauthenticated => StatusCode.Unauthenticated,
        ErrorKind.Aborted => StatusCode.Aborted,
        ErrorKind.Exhausted => StatusCode.ResourceExhausted,
        ErrorKind.Unavailable => StatusCode.Unavailable,
        ErrorKind.Unimplemented => StatusCode.Unimplemented,
        _ => StatusCode.Internal,
    };
}
