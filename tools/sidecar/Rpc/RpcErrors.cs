using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Jiceng.Sidecar.Publishing;

namespace Jiceng.Sidecar.Rpc;

/// <summary>The gRPC form of an error: status code, message, and the details of the HTTP body.</summary>
internal static class RpcErrors
{
    public static RpcException From(ApiError error)
    {
        var status = new Google.Rpc.Status { Code = (int)error.RpcCode, Message = error.Message };
        if (error.HasResource)
            status.Details.Add(Any.Pack(new ResourceInfo { ResourceType = "pubsub", ResourceName = error.Pubsub, Description = error.Message }));
        var info = new ErrorInfo { Reason = error.Reason, Domain = "dapr.io" };
        foreach (var (key, value) in error.Info) info.Metadata[key] = value;
        status.Details.Add(Any.Pack(info));
        return status.ToRpcException();
    }
}
