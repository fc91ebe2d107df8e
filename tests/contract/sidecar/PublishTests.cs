using System.Net;
using System.Text;

namespace Jiceng.SidecarConformance;

/// <summary>POST and PUT /v1.0/publish: statuses and error bodies.</summary>
public sealed class PublishTests(PublishOnly fixture, Broker broker) : IClassFixture<PublishOnly>
{
    private readonly DaprSidecar _sidecar = fixture.Sidecar;
    private readonly string _topic = Unique.Name("publish");

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    public async Task Publish_Accepted_ReturnsNoContent(string method)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), $"publish/{DaprSidecar.Pubsub}/{_topic}") { Content = new StringContent("x") };
        using var response = await _sidecar.Http.SendAsync(request, TestContext.Current.CancellationToken);
        response.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).ShouldBeEmpty();
        (await broker.LengthAsync(_topic)).ShouldBe(1);
    }

    [Fact]
    public async Task Publish_UnknownPubsub_ReturnsNotFound()
    {
        using var content = new StringContent("x");
        using var response = await _sidecar.Http.PostAsync(new Uri("publish/nowhere/t", UriKind.Relative), content, TestContext.Current.CancellationToken);
        var body = await response.ShouldBeErrorAsync(HttpStatusCode.NotFound, "ERR_PUBSUB_NOT_FOUND", "DAPR_PUBSUB_NOT_FOUND");
        body.Text("message").ShouldBe("pubsub nowhere is not found");
        body.GetProperty("details").EnumerateArray().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Publish_MissingTopicSegment_IsTreatedAsInvocation()
    {
        using var content = new StringContent("x");
        using var response = await _sidecar.Http.PostAsync(new Uri($"publish/{DaprSidecar.Pubsub}", UriKind.Relative), content, TestContext.Current.CancellationToken);
        await response.ShouldBeErrorAsync(HttpStatusCode.NotFound, "ERR_DIRECT_INVOKE");
    }

    [Fact]
    public async Task Publish_TopicWithSlashesAndPlus_IsNormalized()
    {
        await _sidecar.SendAsync($"{_topic}//a%20b+c/", "1");
        (await broker.LengthAsync($"{_topic}/a b c")).ShouldBe(1);
    }

    [Fact]
    public async Task Publish_InvalidRawPayload_ReturnsBadRequest()
    {
        using var response = await _sidecar.PublishAsync(_topic, "1", query: "?metadata.rawPayload=perhaps");
        await response.ShouldBeErrorAsync(HttpStatusCode.BadRequest, "ERR_PUBSUB_REQUEST_METADATA", "DAPR_PUBSUB_METADATA_DESERIALIZATION");
        (await broker.LengthAsync(_topic)).ShouldBe(0);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("")]
    public async Task Publish_CloudEventThatIsNotJson_ReturnsCloudEventError(string body)
    {
        using var response = await _sidecar.PublishAsync(_topic, body, "application/cloudevents+json");
        var error = await response.ShouldBeErrorAsync(HttpStatusCode.InternalServerError, "ERR_PUBSUB_CLOUD_EVENTS_SER", "DAPR_PUBSUB_CLOUD_EVENT_CREATION");
        error.GetProperty("details").EnumerateArray().First().Text("@type").ShouldBe("type.googleapis.com/google.rpc.ResourceInfo");
        error.GetProperty("details").EnumerateArray().First().Text("resource_name").ShouldBe(DaprSidecar.Pubsub);
    }

    [Fact]
    public async Task Publish_ProtectedTopic_IsForbidden()
    {
        using var response = await _sidecar.PublishAsync("secret", "1");
        await response.ShouldBeErrorAsync(HttpStatusCode.Forbidden, "ERR_PUBSUB_FORBIDDEN", "DAPR_PUBSUB_FORBIDDEN");
        (await broker.LengthAsync("secret")).ShouldBe(0);
    }

    [Fact]
    public async Task Publish_BrokerFails_ReturnsPublishError()
    {
        await broker.SetTextAsync(_topic);
        using var response = await _sidecar.PublishAsync(_topic, "1");
        await response.ShouldBeErrorAsync(HttpStatusCode.InternalServerError, "ERR_PUBSUB_PUBLISH_MESSAGE", "DAPR_PUBSUB_PUBLISH_MESSAGE");
    }

    // [I] The status for a body over the limit comes from daprd's source.
    [Fact]
    public async Task Publish_BodyOverFourMebibytes_ReturnsPublishError()
    {
        using var response = await _sidecar.PublishBytesAsync(_topic, Encoding.UTF8.GetBytes(new string('x', (4 * 1024 * 1024) + 1)), "text/plain");
        await response.ShouldBeErrorAsync(HttpStatusCode.InternalServerError, "ERR_PUBSUB_PUBLISH_MESSAGE");
        (await broker.LengthAsync(_topic)).ShouldBe(0);
    }

    [Fact]
    public async Task Publish_MetadataParameters_AreStoredWithTheEvent()
    {
        await _sidecar.SendAsync(_topic, "1", query: "?metadata.colour=red&other=x&Metadata.shape=round");
        (await broker.ReadOneAsync(_topic)).Metadata.ShouldBe("""{"colour":"red"}""");
    }

    [Fact]
    public async Task Publish_WithoutMetadata_StoresAnEmptyMap()
    {
        await _sidecar.SendAsync(_topic, "1");
        (await broker.ReadOneAsync(_topic)).Metadata.ShouldBe("{}");
    }
}
