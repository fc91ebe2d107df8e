using System.Globalization;
using Grpc.Core;
using Jiceng.Sidecar.Events;

namespace Jiceng.Sidecar.Rpc;

/// <summary>The caller's trace in gRPC metadata. Like daprd, reads grpc-trace-bin first, then traceparent.</summary>
internal static class RpcTrace
{
    private const int BinaryLength = 29;

    public static TraceFields Read(Metadata headers)
    {
        var state = headers.GetValue("tracestate") ?? "";
        return FromBinary(headers.GetValueBytes("grpc-trace-bin")) is { } parent
            ? new TraceFields(parent, state)
            : new TraceFields(headers.GetValue("traceparent") ?? "", state);
    }

    /// <summary>OpenCensus format: version 0, then field 0 trace id, field 1 span id, field 2 flags.</summary>
    private static string? FromBinary(byte[]? bytes)
    {
        if (bytes is not { Length: BinaryLength } || bytes[0] != 0 || bytes[1] != 0 || bytes[18] != 1 || bytes[27] != 2) return null;
        return string.Create(CultureInfo.InvariantCulture,
            $"00-{Convert.ToHexStringLower(bytes.AsSpan(2, 16))}-{Convert.ToHexStringLower(bytes.AsSpan(19, 8))}-{bytes[28]:x2}");
    }
}
