using System.Collections.Frozen;
using System.Text.Json;
using Google.Protobuf.Reflection;
using Google.Rpc;
using Grpc.Core;
using Jiceng.Gateway.Json;

namespace Jiceng.Gateway.Protocols;

/// <summary>The error of a failed call in Connect: JSON with the code, the message and the details.</summary>
internal static class ConnectError
{
    /// <summary>Details that are also included as JSON, for people who read the response as it is.</summary>
    private static readonly FrozenDictionary<string, MessageDescriptor> Readable =
        ErrorInfo.Descriptor.File.MessageTypes.ToFrozenDictionary(type => type.FullName);

    public static int HttpStatusOf(StatusCode code) => code switch
    {
        StatusCode.Cancelled => StatusCodes.Status499ClientClosedRequest,
        StatusCode.InvalidArgument or StatusCode.FailedPrecondition or StatusCode.OutOfRange => StatusCodes.Status400BadRequest,
        StatusCode.DeadlineExceeded => StatusCodes.Status504GatewayTimeout,
        StatusCode.NotFound => StatusCodes.Status404NotFound,
        StatusCode.AlreadyExists or StatusCode.Aborted => StatusCodes.Status409Conflict,
        StatusCode.PermissionDenied => StatusCodes.Status403Forbidden,
        StatusCode.ResourceExhausted => StatusCodes.Status429TooManyRequests,
        StatusCode.Unimplemented => StatusCodes.Status501NotImplemented,
        StatusCode.Unavailable => StatusCodes.Status503ServiceUnavailable,
        StatusCode.Unauthenticated => StatusCodes.Status401Unauthorized,
        _ => StatusCodes.Status500InternalServerError,
    };

    public static void Write(GrpcStatus status, ByteBuffer to)
    {
        using var json = new Utf8JsonWriter(to, JsonAnswer.Options);
        Write(json, status);
    }

    /// <summary>The last envelope of a stream.</summary>
    public static void WriteEnd(GrpcStatus status, IHeaderDictionary trailers, ByteBuffer to)
    {
        using var json = new Utf8JsonWriter(to, JsonAnswer.Options);
        json.WriteStartObject();
        if (status.Code != StatusCode.OK)
        {
            json.WritePropertyName("error");
            Write(json, status);
        }

        json.WriteStartObject("metadata");
        foreach (var (name, values) in trailers)
        {
            if (GrpcStatus.IsField(name)) continue;
            json.WriteStartArray(name);
            foreach (var value in values) json.WriteStringValue(value);
            json.WriteEndArray();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, GrpcStatus status)
    {
        json.WriteStartObject();
        json.WriteString("code", NameOf(status.Code));
        json.WriteString("message", status.Message);
        if (status.Details.Details.Count > 0)
        {
            json.WriteStartArray("details");
            foreach (var detail in status.Details.Details)
            {
                var type = detail.TypeUrl[(detail.TypeUrl.LastIndexOf('/') + 1)..];
                json.WriteStartObject();
                json.WriteString("type", type);
                json.WriteString("value", Convert.ToBase64String(detail.Value.Span).TrimEnd('='));
                if (Readable.TryGetValue(type, out var descriptor))
                {
                    json.WritePropertyName("debug");
                    JsonAnswer.Write(json, JsonMessage.Of(descriptor), detail.Value.Span);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    /// <summary>What a call can fail by.</summary>
    public static IEnumerable<string> CodeNames => Enum.GetValues<StatusCode>().Where(code => code != StatusCode.OK).Select(NameOf);

    public static string NameOf(StatusCode code) => code switch
    {
        StatusCode.Cancelled => "canceled",
        StatusCode.InvalidArgument => "invalid_argument",
        StatusCode.DeadlineExceeded => "deadline_exceeded",
        StatusCode.NotFound => "not_found",
        StatusCode.AlreadyExists => "already_exists",
        StatusCode.PermissionDenied => "permission_denied",
        StatusCode.ResourceExhausted => "resource_exhausted",
        StatusCode.FailedPrecondition => "failed_precondition",
        StatusCode.Aborted => "aborted",
        StatusCode.OutOfRange => "out_of_range",
        StatusCode.Unimplemented => "unimplemented",
        StatusCode.Internal => "internal",
        StatusCode.Unavailable => "unavailable",
        StatusCode.DataLoss => "data_loss",
        StatusCode.Unauthenticated => "unauthenticated",
        _ => "unknown",
    };
}
