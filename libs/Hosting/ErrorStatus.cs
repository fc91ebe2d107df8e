using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Jiceng.Domain;

namespace Jiceng.Hosting;

/// <summary>Maps an <see cref="ApiException"/> to the google.rpc.Status that callers receive, from a service or from the gateway (AIP-193).</summary>
public static class ErrorStatus
{
    /// <summary>The header or trailer that carries the status.</summary>
    public const string DetailsHeader = "grpc-status-details-bin";

    /// <summary>The status with one ErrorInfo, the Chinese message, and, where they apply, the wrong fields and the delay before a retry.</summary>
    public static Google.Rpc.Status ToRpcStatus(this ApiException error)
    {
        var status = new Google.Rpc.Status { Code = (int)CodeOf(error.Reason.Kind), Message = error.Message };
        var info = new ErrorInfo { Domain = error.Reason.Domain, Reason = error.Reason.Reason };
        foreach (var (key, value) in error.Metadata) info.Metadata.Add(key, value);
        status.Details.Add(Any.Pack(info));
        status.Details.Add(Any.Pack(new LocalizedMessage { Locale = "zh-CN", Message = error.Chinese }));
        if (error.Fields.Count > 0)
        {
            var bad = new BadRequest();
            bad.FieldViolations.AddRange(error.Fields.Select(field => new BadRequest.Types.FieldViolation { Field = field.Field, Description = field.Right }));
            status.Details.Add(Any.Pack(bad));
        }

        if (error.RetryAfter is { } delay) status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(delay) }));
        return status;
    }

    /// <summary>The status as the exception that ends a gRPC method.</summary>
    public static RpcException ToRpcException(this ApiException error) => error.ToRpcStatus().ToRpcException();

    /// <summary>The gRPC code of a class of errors.</summary>
    public static StatusCode CodeOf(ErrorKind kind) => kind switch
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
