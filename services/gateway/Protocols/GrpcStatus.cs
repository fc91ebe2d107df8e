using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Status = Google.Rpc.Status;

namespace Jiceng.Gateway.Protocols;

/// <summary>How a gRPC call ended.</summary>
/// <param name="Code">OK, or why not.</param>
/// <param name="Message">For developers.</param>
/// <param name="Details">What else is told about a refusal.</param>
internal sealed record GrpcStatus(StatusCode Code, string Message, Status Details)
{
    private const string CodeField = "grpc-status";
    private const string MessageField = "grpc-message";
    private const string DetailsField = "grpc-status-details-bin";

    /// <summary>A call that ended without saying how, which only a fault can bring about.</summary>
    private static readonly GrpcStatus Unsaid = new(StatusCode.Internal, "The service ended its answer without saying how the call ended.", new Status());

    /// <summary>An answer that is nothing but a status has it in its headers; it belongs to the trailers.</summary>
    public static void Move(IHeaderDictionary headers, IHeaderDictionary trailers)
    {
        foreach (var name in (ReadOnlySpan<string>)[CodeField, MessageField, DetailsField])
        {
            if (headers.Remove(name, out var value)) trailers.TryAdd(name, value);
        }
    }

    public static bool IsField(string name) => name is CodeField or MessageField or DetailsField;

    public static GrpcStatus In(IHeaderDictionary trailers)
    {
        if (!int.TryParse(trailers[CodeField], NumberStyles.None, CultureInfo.InvariantCulture, out var code)) return Unsaid;
        if (code == (int)StatusCode.OK) return new GrpcStatus(StatusCode.OK, "", new Status());
        return new GrpcStatus((StatusCode)code, Uri.UnescapeDataString(trailers[MessageField].ToString()), DetailsIn(trailers[DetailsField].ToString()));
    }

    private static Status DetailsIn(string field)
    {
        var bytes = new byte[field.Length];
        try
        {
            return Convert.TryFromBase64String(field.PadRight((field.Length + 3) / 4 * 4, '='), bytes, out var count)
                ? Status.Parser.ParseFrom(bytes, 0, count)
                : new Status();
        }
        catch (InvalidProtocolBufferException)
        {
            // The code and the message are there without it.
            return new Status();
        }
    }
}
