using System.Net;
using System.Text;
using System.Text.Json;

namespace Jiceng.SidecarConformance;

/// <summary>Bulk publish over HTTP, at both of its addresses.</summary>
public sealed class BulkTests(PublishOnly fixture, Broker broker) : IClassFixture<PublishOnly>
{
    private readonly DaprSidecar _sidecar = fixture.Sidecar;
    private readonly string _topic = Unique.Name("bulk");

    [Theory]
    [InlineData("v1.0")]
    [InlineData("v1.0-alpha1")]
    public async Task Bulk_EveryContentType_IsWrappedByItsType(string version)
    {
        using var response = await PostAsync(
            """
            [{"entryId":"1","event":{"a":1},"contentType":"application/json"},
             {"entryId":"2","event":"words","contentType":"text/plain"},
             {"entryId":"3","event":"AAH/","contentType":"application/octet-stream"},
             {"entryId":"4","event":{"id":"own","data":4},"contentType":"application/cloudevents+json"}]
            """,
            version);
        response.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).ShouldBeEmpty();

        // Redis has no native bulk publish, so the order is not preserved.
        var events = (await broker.ReadAsync(_topic)).Select(entry => entry.Event).ToList();
        events.Count.ShouldBe(4);
        events.ShouldContain(e => e.Has("data") && e.GetProperty("data").ValueKind == JsonValueKind.Object);
        events.ShouldContain(e => e.Has("data") && e.GetProperty("data").ToString() == "words");
        events.ShouldContain(e => e.Has("data_base64") && e.Text("data_base64") == "AAH/");
        events.ShouldContain(e => e.Text("id") == "own" && e.Text("source") == "Dapr");
    }

    [Theory]
    [InlineData("""[{"entryId":"1","event":1,"contentType":"application/json"},{"entryId":"1","event":2,"contentType":"application/json"}]""", "MARSHAL_EVENTS")]
    [InlineData("""[{"event":1,"contentType":"application/json"}]""", "MARSHAL_EVENTS")]
    [InlineData("""{"entryId":"1"}""", "UNMARSHAL_EVENTS")]
    [InlineData("not json", "UNMARSHAL_EVENTS")]
    [InlineData("""[{"entryId":"1","event":{"a":1},"contentType":"text/plain"}]""", "MARSHAL_ENVELOPE")]
    [InlineData("""[{"entryId":"1","event":"no base64!","contentType":"application/octet-stream"}]""", "MARSHAL_ENVELOPE")]
    [InlineData("""[{"entryId":"1","event":"x","contentType":"image/png"}]""", "MARSHAL_ENVELOPE")]
    public async Task Bulk_InvalidRequest_IsRejectedAsAWhole(string body, string reason)
    {
        using var response = await PostAsync(body);
        await response.ShouldBeErrorAsync(HttpStatusCode.BadRequest, "ERR_PUBSUB_EVENTS_SER", "DAPR_PUBSUB_" + reason);
        (await broker.LengthAsync(_topic)).ShouldBe(0);
    }

    [Fact]
    public async Task Bulk_RequestMetadata_MergesOnlyIntoEntriesWithMetadata()
    {
        using var response = await PostAsync(
            """
            [{"entryId":"1","event":"with","contentType":"text/plain","metadata":{"own":"1"}},
             {"entryId":"2","event":"without","contentType":"text/plain"}]
            """,
            query: "?metadata.common=c");
        response.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        var stored = (await broker.ReadAsync(_topic)).ToDictionary(entry => entry.Event.Text("data"), entry => entry.Metadata);
        stored["without"].ShouldBeNull();
        JsonDocument.Parse(stored["with"]!).RootElement.Text("own").ShouldBe("1");
        JsonDocument.Parse(stored["with"]!).RootElement.Text("common").ShouldBe("c");
    }

    [Fact]
    public async Task Bulk_BrokerFails_ReportsTheFailedEntries()
    {
        await broker.SetTextAsync(_topic);
        using var response = await PostAsync("""[{"entryId":"a","event":1,"contentType":"application/json"},{"entryId":"b","event":2,"contentType":"application/json"}]""");
        response.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
        body.Text("errorCode").ShouldBe("ERR_PUBSUB_PUBLISH_MESSAGE");
        body.GetProperty("failedEntries").EnumerateArray().Select(f => f.Text("entryId")).ShouldBe(["a", "b"], ignoreOrder: true);
        body.GetProperty("failedEntries").EnumerateArray().ShouldAllBe(f => f.Text("error").Length > 0);
    }

    [Fact]
    public async Task Bulk_UnknownPubsub_ReturnsNotFound()
    {
        using var content = new StringContent("[]", Encoding.UTF8, "application/json");
        using var response = await _sidecar.Http.PostAsync(new Uri("publish/bulk/nowhere/t", UriKind.Relative), content, TestContext.Current.CancellationToken);
        await response.ShouldBeErrorAsync(HttpStatusCode.NotFound, "ERR_PUBSUB_NOT_FOUND");
    }

    [Fact]
    public async Task Bulk_Raw_StoresTheBytes()
    {
        using var response = await PostAsync("""[{"entryId":"1","event":"bytes","contentType":"text/plain"}]""", query: "?metadata.rawPayload=true");
        response.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        Encoding.UTF8.GetString((await broker.ReadOneAsync(_topic)).Data).ShouldBe("bytes");
    }

    private async Task<HttpResponseMessage> PostAsync(string body, string version = "v1.0", string query = "")
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        var address = new Uri($"http://127.0.0.1:{_sidecar.HttpPort}/{version}/publish/bulk/{DaprSidecar.Pubsub}/{_topic}{query}");
        return await _sidecar.Http.PostAsync(address, content, TestContext.Current.CancellationToken);
    }
}
