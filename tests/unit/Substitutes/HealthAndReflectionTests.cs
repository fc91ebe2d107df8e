using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Health.V1;
using Jiceng.UnitTests.Substitutes.V1;
using Shouldly;
using Xunit;
using Reflection = Grpc.Reflection;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Jiceng.UnitTests.Substitutes;

public sealed class HealthAndReflectionTests : IAsyncLifetime
{
    private const string Service = "jiceng.tests.substitutes.v1.EchoService";
    private EchoServer server = null!;

    private Health.HealthClient Health => new(server.Channel);

    public async ValueTask InitializeAsync() => server = await EchoServer.StartAsync();

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task Check_OfAServiceWithoutStatus_IsNotFound() =>
        (await Should.ThrowAsync<RpcException>(async () => await Health.CheckAsync(new HealthCheckRequest { Service = "no.such" })))
            .StatusCode.ShouldBe(StatusCode.NotFound);

    [Fact]
    public async Task Check_AfterSetStatus_AnswersIt()
    {
        server.Health.SetStatus(Service, ServingStatus.NotServing);

        (await Health.CheckAsync(new HealthCheckRequest { Service = Service })).Status.ShouldBe(ServingStatus.NotServing);
    }

    [Fact]
    public async Task Watch_SeesTheStatusAtOnceAndEachChange()
    {
        using var call = Health.Watch(new HealthCheckRequest { Service = Service });

        (await NextAsync(call)).ShouldBe(ServingStatus.ServiceUnknown);
        server.Health.SetStatus(Service, ServingStatus.Serving);
        (await NextAsync(call)).ShouldBe(ServingStatus.Serving);
        server.Health.SetStatus(Service, ServingStatus.Serving);
        server.Health.SetStatus("another", ServingStatus.NotServing);
        server.Health.ClearAll();
        (await NextAsync(call)).ShouldBe(ServingStatus.ServiceUnknown);
    }

    [Fact]
    public async Task Reflection_V1_ListsServicesAndGivesTheFilesOfASymbol()
    {
        using var call = new Reflection.V1.ServerReflection.ServerReflectionClient(server.Channel).ServerReflectionInfo();

        await call.RequestStream.WriteAsync(new() { ListServices = "" });
        await call.ResponseStream.MoveNext();
        call.ResponseStream.Current.ListServicesResponse.Service.Select(service => service.Name).ShouldContain(Service);

        foreach (var symbol in new[] { Service, $"{Service}.Say", "jiceng.tests.substitutes.v1.EchoMessage" })
        {
            await call.RequestStream.WriteAsync(new() { FileContainingSymbol = symbol });
            await call.ResponseStream.MoveNext();
            FileNames(call.ResponseStream.Current.FileDescriptorResponse.FileDescriptorProto).First().ShouldBe("Substitutes/echo.proto");
        }
    }

    [Fact]
    public async Task Reflection_V1_GivesImportsToo()
    {
        using var call = new Reflection.V1.ServerReflection.ServerReflectionClient(server.Channel).ServerReflectionInfo();

        await call.RequestStream.WriteAsync(new() { FileByFilename = "google/protobuf/api.proto" });
        await call.ResponseStream.MoveNext();

        FileNames(call.ResponseStream.Current.FileDescriptorResponse.FileDescriptorProto).ShouldBe(
            ["google/protobuf/api.proto", "google/protobuf/source_context.proto", "google/protobuf/type.proto", "google/protobuf/any.proto"],
            ignoreOrder: true);
    }

    [Fact]
    public async Task Reflection_V1Alpha_AnswersAsV1()
    {
        using var call = new Reflection.V1Alpha.ServerReflection.ServerReflectionClient(server.Channel).ServerReflectionInfo();

        await call.RequestStream.WriteAsync(new() { FileContainingSymbol = Service });
        await call.ResponseStream.MoveNext();
        FileNames(call.ResponseStream.Current.FileDescriptorResponse.FileDescriptorProto).First().ShouldBe("Substitutes/echo.proto");

        await call.RequestStream.WriteAsync(new() { FileContainingSymbol = "no.such" });
        await call.ResponseStream.MoveNext();
        call.ResponseStream.Current.ErrorResponse.ErrorCode.ShouldBe((int)StatusCode.NotFound);

        await call.RequestStream.WriteAsync(new() { AllExtensionNumbersOfType = "google.protobuf.FileOptions" });
        await call.ResponseStream.MoveNext();
        call.ResponseStream.Current.ErrorResponse.ErrorCode.ShouldBe((int)StatusCode.Unimplemented);
    }

    private static async Task<ServingStatus> NextAsync(AsyncServerStreamingCall<HealthCheckResponse> call)
    {
        (await call.ResponseStream.MoveNext()).ShouldBeTrue();
        return call.ResponseStream.Current.Status;
    }

    private static IEnumerable<string> FileNames(IEnumerable<Google.Protobuf.ByteString> files) =>
        files.Select(file => FileDescriptorProto.Parser.ParseFrom(file).Name);
}
