using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Jiceng.Sidecar.Publishing;
using Jiceng.Sidecar.Wire;

namespace Jiceng.Sidecar.Rpc;

/// <summary>The gRPC form of an error: the code, the message, and the same details as the HTTP body.</summary>
internal static class RpcErrors
{
    public static RpcException From(ApiError error)
    {
        var status = new Wire.Status { Code = (int)error.RpcCode, Message = error.Message };
        if (error.HasResource)
            status.Details.Add(Any.Pack(new ResourceInfo { ResourceType = "pubsub", ResourceName = error.Pubsub, Description = error.Message }));
        var info = new ErrorInfo { Reason = error.Reason, Domain = "dapr.io" };
        foreach (var (key, value) in error.Info) info.Metadata[key] = value;
        status.Details.Add(Any.Pack(info));
        var trailers = new Metadata { { "grpc-status-details-bin", status.ToByteArray() } };
        return new RpcException(new Grpc.Core.Status((StatusCode)(int)error.RpcCode, error.Message), trailers);
    }
}
