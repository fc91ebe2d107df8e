using System.Text;
using System.Text.Json;
using Dapr.Client.Autogen.Grpc.v1;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;

namespace Jiceng.SidecarConformance;

/// <summary>The gRPC API, which Dapr's SDKs use.</summary>
public sealed class RpcTests(PublishOnly fixture, Broker broker) : IClassFixture<PublishOnly>
{
    private readonly DaprSidecar _sidecar = fixture.Sidecar;
    private readonly string _topic = Unique.Name("rpc");

    [Fact]
    public async Task PublishEvent_Json_IsWrappedAndStoredWithoutMetadataField()
    {
        await _sidecar.Grpc.PublishEventAsync(Event("""{"a":1}"""), cancellationToken: TestContext.Current.CancellationToken);
        var stored = await broker.ReadOneAsync(_topic);
        stored.Event.GetProperty("data").GetProperty("a").GetInt32().ShouldBe(1);
        stored.Event.Text("source").ShouldBe(_sidecar.AppId);
        stored.Metadata.ShouldBeNull();
    }

    [Fact]
    public async Task PublishEvent_WithMetadata_StoresAndAppliesIt()
    {
        var request = Event("1");
        request.Metadata.Add("ttlInSeconds", "60");
        request.Metadata.Add("cloudevent.type", "t");
        await _sidecar.Grpc.PublishEventAsync(request, cancellationToken: TestContext.Current.CancellationToken);
        var stored = await broker.ReadOneAsync(_topic);
        stored.Event.Has("expiration").ShouldBeTrue();
        stored.Event.Text("type").ShouldBe("t");
        JsonDocument.Parse(stored.Metadata!).RootElement.Text("ttlInSeconds").ShouldBe("60");
    }

    [Fact]
    public async Task PublishEvent_NoContentType_IsText()
    {
        var request = Event("words");
        request.DataContentType = "";
        await _sidecar.Grpc.PublishEventAsync(request, cancellationToken: TestContext.Current.CancellationToken);
        var stored = (await broker.ReadOneAsync(_topic)).Event;
        stored.Text("data").ShouldBe("words");
        stored.Text("datacontenttype").ShouldBe("text/plain");
    }

    [Fact]
    public async Task PublishEvent_Raw_AddsTheTraceToTheMetadata()
    {
        var request = Event("bytes");
        request.Metadata.Add("rawPayload", "true");
        var headers = new Metadata { { "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" } };
        await _sidecar.Grpc.PublishEventAsync(request, headers, cancellationToken: TestContext.Current.CancellationToken);
        var stored = await broker.ReadOneAsync(_topic);
        Encoding.UTF8.GetString(stored.Data).ShouldBe("bytes");
        JsonDocument.Parse(stored.Metadata!).RootElement.Text("traceid").ShouldContain("0af7651916cd43dd8448eb211c80319c");
    }

    [Fact]
    public async Task PublishEvent_CallersTrace_IsKept()
    {
        const string Parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        await _sidecar.Grpc.PublishEventAsync(Event("1"), new Metadata { { "traceparent", Parent } }, cancellationToken: TestContext.Current.CancellationToken);
        (await broker.ReadOneAsync(_topic)).Event.Text("traceparent").ShouldBe(Parent);
    }

    [Theory]
    [InlineData("nowhere", "t", "application/json", "1", StatusCode.InvalidArgument)]
    [InlineData(DaprSidecar.Pubsub, "", "application/json", "1", StatusCode.InvalidArgument)]
    [InlineData(DaprSidecar.Pubsub, "t", "application/cloudevents+json", "no", StatusCode.InvalidArgument)]
    [InlineData(DaprSidecar.Pubsub, "secret", "application/json", "1", StatusCode.PermissionDenied)]
    public async Task PublishEvent_Rejected_HasItsStatusCode(string pubsub, string to, string contentType, string data, StatusCode code)
    {
        var request = new PublishEventRequest { PubsubName = pubsub, Topic = to, DataContentType = contentType, Data = ByteString.CopyFromUtf8(data) };
        (await FailureAsync(request)).StatusCode.ShouldBe(code);
    }

    [Fact]
    public async Task PublishEvent_BrokerFails_IsInternal()
    {
        await broker.SetTextAsync(_topic);
        var failure = await FailureAsync(Event("1"));
        failure.StatusCode.ShouldBe(StatusCode.Internal);
        failure.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason.ShouldBe("DAPR_PUBSUB_PUBLISH_MESSAGE");
    }

    [Fact]
    public async Task BulkPublishEvent_AllGood_StoresAll()
    {
        var response = await _sidecar.Grpc.BulkPublishEventAsync(Bulk("0", "1", "2"), cancellationToken: TestContext.Current.CancellationToken);
        response.FailedEntries.ShouldBeEmpty();
        (await broker.LengthAsync(_topic)).ShouldBe(3);
    }

    [Fact]
    public async Task BulkPublishEventAlpha1_AllGood_StoresAll()
    {
#pragma warning disable CS0612 // SDKs before 1.16 call it, and daprd serves it
        var response = await _sidecar.Grpc.BulkPublishEventAlpha1Async(Bulk("0", "1"), cancellationToken: TestContext.Current.CancellationToken);
#pragma warning restore CS0612
        response.FailedEntries.ShouldBeEmpty();
        (await broker.LengthAsync(_topic)).ShouldBe(2);
    }

    [Fact]
    public async Task BulkPublishEvent_SameIdTwice_IsInvalid()
    {
        using var call = _sidecar.Grpc.BulkPublishEventAsync(Bulk("0", "0"), cancellationToken: TestContext.Current.CancellationToken);
        (await Should.ThrowAsync<RpcException>(call.ResponseAsync)).StatusCode.ShouldBe(StatusCode.InvalidArgument);
        (await broker.LengthAsync(_topic)).ShouldBe(0);
    }

    [Fact]
    public async Task Metadata_Set_IsReturnedByBothApis()
    {
        await _sidecar.Grpc.SetMetadataAsync(new SetMetadataRequest { Key = "colour", Value = "red" }, cancellationToken: TestContext.Current.CancellationToken);
        var metadata = await _sidecar.Grpc.GetMetadataAsync(new GetMetadataRequest(), cancellationToken: TestContext.Current.CancellationToken);
        metadata.Id.ShouldBe(_sidecar.AppId);
        metadata.RuntimeVersion.ShouldNotBeEmpty();
        metadata.RegisteredComponents.ShouldContain(c => c.Name == DaprSidecar.Pubsub && c.Type == "pubsub.redis" && c.Version == "v1");
        metadata.ExtendedMetadata["colour"].ShouldBe("red");
        (await _sidecar.GetJsonAsync("metadata")).GetProperty("extended").Text("colour").ShouldBe("red");
    }

    private PublishEventRequest Event(string data) => new()
    {
        PubsubName = DaprSidecar.Pubsub,
        Topic = _topic,
        DataContentType = "application/json",
        Data = ByteString.CopyFromUtf8(data),
    };

    private BulkPublishRequest Bulk(params string[] ids) => new()
    {
        PubsubName = DaprSidecar.Pubsub,
        Topic = _topic,
        Entries = { ids.Select(id => new BulkPublishRequestEntry { EntryId = id, ContentType = "application/json", Event = ByteString.CopyFromUtf8("1") }) },
    };

    private async Task<RpcException> FailureAsync(PublishEventRequest request)
    {
        using var call = _sidecar.Grpc.PublishEventAsync(request, cancellationToken: TestContext.Current.CancellationToken);
        return await Should.ThrowAsync<RpcException>(call.ResponseAsync);
    }
}
