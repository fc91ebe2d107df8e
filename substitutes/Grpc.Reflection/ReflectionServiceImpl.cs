using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Reflection.V1Alpha;

namespace Grpc.Reflection;

/// <summary>Answers grpc.reflection.v1alpha. Its messages are those of v1, byte for byte.</summary>
public class ReflectionServiceImpl : ServerReflection.ServerReflectionBase
{
    private readonly ReflectionV1ServiceImpl v1;

    public ReflectionServiceImpl(IEnumerable<string> services, SymbolRegistry symbolRegistry) =>
        v1 = new ReflectionV1ServiceImpl(services, symbolRegistry);

    public ReflectionServiceImpl(IEnumerable<ServiceDescriptor> serviceDescriptors) =>
        v1 = new ReflectionV1ServiceImpl(serviceDescriptors);

    public ReflectionServiceImpl(params ServiceDescriptor[] serviceDescriptors)
        : this((IEnumerable<ServiceDescriptor>)serviceDescriptors)
    {
    }

    public override async Task ServerReflectionInfo(
        IAsyncStreamReader<ServerReflectionRequest> requestStream, IServerStreamWriter<ServerReflectionResponse> responseStream,
        ServerCallContext context)
    {
        while (await requestStream.MoveNext())
        {
            var request = V1.ServerReflectionRequest.Parser.ParseFrom(requestStream.Current.ToByteString());
            await responseStream.WriteAsync(ServerReflectionResponse.Parser.ParseFrom(v1.Answer(request).ToByteString()));
        }
    }
}
