using System.Globalization;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Jiceng.Domain;
using Jiceng.Hosting;
using Status = Google.Rpc.Status;

namespace Jiceng.Gateway.Protocols;

/// <summary>How a gRPC call ended, in the fields that carry it: the trailers, or the headers of an answer without a body.</summary>
/// <param name="Code">OK, or why not.</param>
/// <param name="Message">For developers.</param>
/// <param name="Details">The details of the error.</param>
internal sealed record GrpcStatus(StatusCode Code, string Message, Status Details)
{
    private const string CodeField = "grpc-status";
    private const string MessageField = "grpc-message";

    /// <summary>The status of a call whose service sent none, which only a fault can bring about.</summary>
    private static readonly GrpcStatus Missing = new(StatusCode.Internal, "The service ended its answer without saying how the call ended.", new Status());

    /// <summary>Moves the fields of an answer without a body to the trailers, where they belong.</summary>
    public static void Move(IHeaderDictionary headers, IHeaderDictionary trailers)
    {
        foreach (var name in (ReadOnlySpan<string>)[CodeField, MessageField, ErrorStatus.DetailsHeader])
        {
            if (headers.Remove(name, out var value)) trailers.TryAdd(name, value);
        }
    }

    public static bool IsField(string name) => name is CodeField or MessageField or ErrorStatus.DetailsHeader;

    // Grpc.StatusProto reads and writes Metadata, which a proxy has no use for: here the fields are HTTP's.
    public static GrpcStatus In(IHeaderDictionary trailers)
    {
        if (!int.TryParse(trailers[CodeField], NumberStyles.None, CultureInfo.InvariantCulture, out var code)) return Missing;
        if (code == (int)StatusCode.OK) return new GrpcStatus(StatusCode.OK, "", new Status());
        return new GrpcStatus((StatusCode)code, Uri.UnescapeDataString(trailers[MessageField].ToString()), DetailsIn(trailers[ErrorStatus.DetailsHeader].ToString()));
    }

    /// <summary>The fields that carry an error.</summary>
    public static IReadOnlyList<(string Name, string Value)> FieldsOf(ApiException error)
    {
        var status = error.ToRpcStatus();
        return
        [
            (CodeField, status.Code.ToString(CultureInfo.InvariantCulture)),
            (MessageField, PercentEncode(status.Message)),
            (ErrorStatus.DetailsHeader, Convert.ToBase64String(status.ToByteArray())),
        ];
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
