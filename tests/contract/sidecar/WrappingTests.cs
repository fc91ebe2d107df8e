using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Jiceng.SidecarConformance;

/// <summary>Stored entries of published events that are not CloudEvents yet.</summary>
public sealed class WrappingTests(PublishOnly fixture, Broker broker) : IClassFixture<PublishOnly>
{
    private const string Parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    private readonly DaprSidecar _sidecar = fixture.Sidecar;
    private readonly string _topic = Unique.Name("wrap");

    [Fact]
    public async Task Wrap_Json_FillsEveryField()
    {
        var before = TimeProvider.System.GetUtcNow().AddSeconds(-2);
        await _sidecar.SendAsync(_topic, """{"村":"石马村"}""", "application/json; charset=utf-8");
        var wrapped = (await broker.ReadOneAsync(_topic)).Event;
        Guid.TryParse(wrapped.Text("id"), out _).ShouldBeTrue();
        wrapped.Text("source").ShouldBe(_sidecar.AppId);
        wrapped.Text("type").ShouldBe("com.dapr.event.sent");
        wrapped.Text("specversion").ShouldBe("1.0");
        wrapped.Text("datacontenttype").ShouldBe("application/json; charset=utf-8");
        wrapped.Text("topic").ShouldBe(_topic);
        wrapped.Text("pubsubname").ShouldBe(DaprSidecar.Pubsub);
        wrapped.Text("traceid").ShouldBe("");
        wrapped.Text("traceparent").ShouldBe("");
        wrapped.Text("tracestate").ShouldBe("");
        wrapped.Has("subject").ShouldBeFalse();
        wrapped.Has("expiration").ShouldBeFalse();
        wrapped.GetProperty("data").Text("村").ShouldBe("石马村");
        var time = DateTimeOffset.ParseExact(wrapped.Text("time"), "yyyy-MM-dd'T'HH:mm:ssK", CultureInfo.InvariantCulture);
        time.ShouldBeInRange(before, TimeProvider.System.GetUtcNow().AddSeconds(2));
    }

    [Fact]
    public async Task Wrap_BigNumbers_StayExact()
    {
        await _sidecar.SendAsync(_topic, """{"n":12345678901234567890123}""");
        (await broker.ReadOneAsync(_topic)).Event.GetProperty("data").GetProperty("n").GetRawText().ShouldBe("12345678901234567890123");
    }

    [Theory]
    [InlineData("application/json", "not json", "application/json")]
    [InlineData("application/json", "", "application/json")]
    [InlineData("application/problem+json", """{"a":1}""", "application/problem+json")]
    [InlineData("text/plain", "石马村", "text/plain")]
    [InlineData("", "words", "text/plain")]
    [InlineData("application/xml", "<a/>", "application/xml")]
    public async Task Wrap_NotJson_IsText(string contentType, string body, string declared)
    {
        await _sidecar.SendAsync(_topic, body, contentType);
        var wrapped = (await broker.ReadOneAsync(_topic)).Event;
        wrapped.Text("data").ShouldBe(body);
        wrapped.Text("datacontenttype").ShouldBe(declared);
    }

    [Fact]
    public async Task Wrap_Json_MediaTypeInAnyCase()
    {
        await _sidecar.SendAsync(_topic, """{"a":1}""", "APPLICATION/JSON");
        (await broker.ReadOneAsync(_topic)).Event.GetProperty("data").ValueKind.ShouldBe(JsonValueKind.Object);
    }

    [Fact]
    public async Task Wrap_Bytes_AreBase64()
    {
        byte[] bytes = [0, 1, 255, 128];
        using var response = await _sidecar.PublishBytesAsync(_topic, bytes, "application/octet-stream");
        response.EnsureSuccessStatusCode();
        var wrapped = (await broker.ReadOneAsync(_topic)).Event;
        wrapped.GetProperty("data_base64").GetBytesFromBase64().ShouldBe(bytes);
        wrapped.Has("data").ShouldBeFalse();
    }

    [Fact]
    public async Task Wrap_MetadataOverrides_Win()
    {
        await _sidecar.SendAsync(
            _topic, "1", query: "?metadata.cloudevent.id=i&metadata.cloudevent.source=s&metadata.cloudevent.type=t&metadata.cloudevent.subject=u&metadata.CloudEvent.TraceState=a=b");
        var wrapped = (await broker.ReadOneAsync(_topic)).Event;
        wrapped.Text("id").ShouldBe("i");
        wrapped.Text("source").ShouldBe("s");
        wrapped.Text("type").ShouldBe("t");
        wrapped.Text("subject").ShouldBe("u");
        wrapped.Text("tracestate").ShouldBe("a=b");
    }

    [Fact]
    public async Task Wrap_TraceParentOverride_WinsOverTraceIdAndHeader()
    {
        var other = Parent.Replace('b', 'c');
        await _sidecar.SendAsync(_topic, "1", query: $"?metadata.cloudevent.traceid=x&metadata.cloudevent.traceparent={other}", traceparent: Parent);
        var wrapped = (await broker.ReadOneAsync(_topic)).Event;
        wrapped.Text("traceparent").ShouldBe(other);
        wrapped.Text("traceid").ShouldBe(other);
    }

    [Fact]
    public async Task Wrap_CallersTrace_IsKeptUnchanged()
    {
        await _sidecar.SendAsync(_topic, "1", traceparent: Parent);
        var wrapped = (await broker.ReadOneAsync(_topic)).Event;
        wrapped.Text("traceparent").ShouldBe(Parent);
        wrapped.Text("traceid").ShouldBe(Parent);
    }

    [Fact]
    public async Task PassThrough_CompleteEvent_KeepsFieldsAndAddsTopicAndComponent()
    {
        var given = """
            {"specversion":"1.0","id":"7","source":"grid","type":"jiceng.case","time":"2026-01-02T03:04:05Z","subject":"s","traceid":"abc","traceparent":"def",
             "tracestate":"k=v","datacontenttype":"application/json","data":{"n":1},"extra":"x","topic":"wrong","pubsubname":"wrong"}
            """;
        await _sidecar.SendAsync(_topic, given, "application/cloudevents+json; charset=utf-8", "?metadata.cloudevent.id=no");
        var stored = (await broker.ReadOneAsync(_topic)).Event;
        stored.Text("topic").ShouldBe(_topic);
        stored.Text("pubsubname").ShouldBe(DaprSidecar.Pubsub);
        foreach (var property in JsonDocument.Parse(given).RootElement.EnumerateObject().Where(p => p.Name is not ("topic" or "pubsubname")))
            stored.GetProperty(property.Name).ToString().ShouldBe(property.Value.ToString());
    }

    [Fact]
    public async Task PassThrough_MinimalEvent_GetsDefaultsButNoIdOrContentType()
    {
        await _sidecar.SendAsync(_topic, """{"data":1}""", "application/cloudevents+json", traceparent: Parent);
        var stored = (await broker.ReadOneAsync(_topic)).Event;
        stored.Text("source").ShouldBe("Dapr");
        stored.Text("type").ShouldBe("com.dapr.event.sent");
        stored.Text("specversion").ShouldBe("1.0");
        stored.Has("time").ShouldBeTrue();
        stored.Text("traceid").ShouldBe(Parent);
        stored.Text("traceparent").ShouldBe(Parent);
        stored.Text("tracestate").ShouldBe("");
        stored.Has("id").ShouldBeFalse();
        stored.Has("datacontenttype").ShouldBeFalse();
    }

    // A pitfall: a CloudEvent that is passed through keeps its traceparent only if it also sets traceid.
    [Fact]
    public async Task PassThrough_TraceParentWithoutTraceId_IsReplaced()
    {
        await _sidecar.SendAsync(_topic, """{"id":"1","traceparent":"mine","data":1}""", "application/cloudevents+json", traceparent: Parent);
        (await broker.ReadOneAsync(_topic)).Event.Text("traceparent").ShouldBe(Parent);
    }

    [Theory]
    [InlineData("true")]
    [InlineData("1")]
    [InlineData("T")]
    public async Task Raw_AnyGoTrue_StoresUnchangedBytes(string yes)
    {
        await _sidecar.SendAsync(_topic, "just bytes", "text/plain", $"?metadata.rawPayload={yes}&metadata.ttlInSeconds=60");
        Encoding.UTF8.GetString((await broker.ReadOneAsync(_topic)).Data).ShouldBe("just bytes");
    }

    [Theory]
    [InlineData("ttlInSeconds", "60")]
    [InlineData("TTLINSECONDS", "60")]
    [InlineData("ttl", "1m")]
    public async Task Ttl_Set_BecomesAnExpirationInUtc(string key, string value)
    {
        var before = TimeProvider.System.GetUtcNow().AddSeconds(58);
        await _sidecar.SendAsync(_topic, "1", query: $"?metadata.{key}={value}");
        var expiration = (await broker.ReadOneAsync(_topic)).Event.Text("expiration");
        expiration.ShouldEndWith("Z");
        DateTimeOffset.Parse(expiration, CultureInfo.InvariantCulture).ShouldBeInRange(before, TimeProvider.System.GetUtcNow().AddSeconds(62));
    }
}
