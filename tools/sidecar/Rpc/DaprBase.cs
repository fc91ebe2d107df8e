using Dapr.Client.Autogen.Grpc.v1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Jiceng.Sidecar.Rpc;

/// <summary>
/// The methods of daprd that the .NET SDK calls. Dapr.Protos contains the messages and the client, but no server base class.
/// </summary>
[BindServiceMethod(typeof(DaprBase), nameof(BindService))]
internal abstract class DaprBase
{
    public abstract Task<Empty> PublishEvent(PublishEventRequest request, ServerCallContext context);

    public abstract Task<BulkPublishResponse> BulkPublishEvent(BulkPublishRequest request, ServerCallContext context);

    public abstract Task<BulkPublishResponse> BulkPublishEventAlpha1(BulkPublishRequest request, ServerCallContext context);

    public abstract Task<GetMetadataResponse> GetMetadata(GetMetadataRequest request, ServerCallContext context);

    public abstract Task<Empty> SetMetadata(SetMetadataRequest request, ServerCallContext context);

    public abstract Task<Empty> Shutdown(ShutdownRequest request, ServerCallContext context);

    /// <summary>Called by gRPC without an instance when the methods are mapped.</summary>
    public static void BindService(ServiceBinderBase binder, DaprBase? _)
    {
        Add(nameof(PublishEvent), PublishEventRequest.Parser, Empty.Parser);
        Add(nameof(BulkPublishEvent), BulkPublishRequest.Parser, BulkPublishResponse.Parser);
        Add(nameof(BulkPublishEventAlpha1), BulkPublishRequest.Parser, BulkPublishResponse.Parser);
        Add(nameof(GetMetadata), GetMetadataRequest.Parser, GetMetadataResponse.Parser);
        Add(nameof(SetMetadata), SetMetadataRequest.Parser, Empty.Parser);
        Add(nameof(Shutdown), ShutdownRequest.Parser, Empty.Parser);

        void Add<TRequest, TResponse>(string name, MessageParser<TRequest> request, MessageParser<TResponse> response)
            where TRequest : class, IMessage<TRequest>
            where TResponse : class, IMessage<TResponse> =>
            binder.AddMethod(
                new Method<TRequest, TResponse>(MethodType.Unary, Dapr.Client.Autogen.Grpc.v1.Dapr.Descriptor.FullName, name, Marshaller(request), Marshaller(response)),
                (UnaryServerMethod<TRequest, TResponse>?)null);
    }

    private static Marshaller<T> Marshaller<T>(MessageParser<T> parser)
        where T : class, IMessage<T> =>
        Marshallers.Create(
            (message, context) =>
            {
                context.SetPayloadLength(message.CalculateSize());
                message.WriteTo(context.GetBufferWriter());
                context.Complete();
            },
            context => parser.ParseFrom(context.PayloadAsReadOnlySequence()));
}
