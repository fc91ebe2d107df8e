using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Reflection.V1;
using Asked = Grpc.Reflection.V1.ServerReflectionRequest.MessageRequestOneofCase;

namespace Grpc.Reflection;

/// <summary>Answers grpc.reflection.v1 about the services it is given. Register it as a singleton.</summary>
public class ReflectionV1ServiceImpl : ServerReflection.ServerReflectionBase
{
    private readonly List<string> services;
    private readonly SymbolRegistry registry;

    public ReflectionV1ServiceImpl(IEnumerable<string> services, SymbolRegistry symbolRegistry)
    {
        ArgumentNullException.ThrowIfNull(symbolRegistry);
        this.services = [.. services];
        registry = symbolRegistry;
    }

    public ReflectionV1ServiceImpl(IEnumerable<ServiceDescriptor> serviceDescriptors)
        : this(serviceDescriptors.Select(service => service.FullName), SymbolRegistry.FromFiles(serviceDescriptors.Select(s => s.File)))
    {
    }

    public ReflectionV1ServiceImpl(params ServiceDescriptor[] serviceDescriptors)
        : this((IEnumerable<ServiceDescriptor>)serviceDescriptors)
    {
    }

    public override async Task ServerReflectionInfo(
        IAsyncStreamReader<ServerReflectionRequest> requestStream, IServerStreamWriter<ServerReflectionResponse> responseStream,
        ServerCallContext context)
    {
        while (await requestStream.MoveNext())
            await responseStream.WriteAsync(Answer(requestStream.Current));
    }

    internal ServerReflectionResponse Answer(ServerReflectionRequest request)
    {
        var response = new ServerReflectionResponse { ValidHost = request.Host, OriginalRequest = request };
        switch (request.MessageRequestCase)
        {
            case Asked.ListServices:
                response.ListServicesResponse = new ListServiceResponse();
                response.ListServicesResponse.Service.Add(services.Select(name => new ServiceResponse { Name = name }));
                break;
            case Asked.FileByFilename:
                Fill(response, registry.FileByName(request.FileByFilename), $"There is no file {request.FileByFilename}.");
                break;
            case Asked.FileContainingSymbol:
                Fill(response, registry.FileContainingSymbol(request.FileContainingSymbol),
                    $"There is no symbol {request.FileContainingSymbol}.");
                break;
            default:
                response.ErrorResponse = Error(StatusCode.Unimplemented, "Questions about extensions are not answered.");
                break;
        }

        return response;
    }

    private static void Fill(ServerReflectionResponse response, FileDescriptor? file, string absent)
    {
        if (file is null)
        {
            response.ErrorResponse = Error(StatusCode.NotFound, absent);
            return;
        }

        var files = new Dictionary<string, ByteString>();
        Collect(file, files);
        response.FileDescriptorResponse = new FileDescriptorResponse { FileDescriptorProto = { files.Values } };
    }

    private static void Collect(FileDescriptor file, Dictionary<string, ByteString> files)
    {
        if (!files.TryAdd(file.Name, file.SerializedData))
            return;
        foreach (var import in file.Dependencies)
            Collect(import, files);
    }

    private static ErrorResponse Error(StatusCode code, string message) => new() { ErrorCode = (int)code, ErrorMessage = message };
}
