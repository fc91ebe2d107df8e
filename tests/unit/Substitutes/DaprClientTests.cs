using System.Text.Json;
using System.Text.Json.Serialization;
using Dapr;
using Grpc.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Substitutes;

public sealed class DaprClientTests : IAsyncLifetime
{
    private FakeSidecar sidecar = null!;

    public async ValueTask InitializeAsync() => sidecar = await FakeSidecar.StartAsync();

    public ValueTask DisposeAsync() => sidecar.DisposeAsync();

    [Fact]
    public async Task PublishEvent_OfAnyData_SendsJsonForTheSidecarToWrap()
    {
        await sidecar.Client.PublishEventAsync("pubsub", "topic", new Payload("张三", 3), new Dictionary<string, string> { ["ttlInSeconds"] = "5" });

        var sent = sidecar.Published.ShouldHaveSingleItem();
        (sent.PubsubName, sent.Topic, sent.DataContentType).ShouldBe(("pubsub", "topic", "application/json"));
        JsonSerializer.Deserialize<Payload>(sent.Data.Span, JsonSerializerOptions.Web).ShouldBe(new Payload("张三", 3));
        sent.Metadata.ShouldHaveSingleItem().ShouldBe(new KeyValuePair<string, string>("ttlInSeconds", "5"));
    }

    [Fact]
    public async Task PublishEvent_OfACloudEvent_IsACloudEvent()
    {
        await sidecar.Client.PublishEventAsync("pubsub", "topic", new CloudEvent<Payload>(new Payload("a", 1)) { Type = "t" });

        var sent = sidecar.Published.ShouldHaveSingleItem();
        sent.DataContentType.ShouldBe("application/cloudevents+json");
        using var json = JsonDocument.Parse(sent.Data.Memory);
        json.RootElement.GetProperty("type").GetString().ShouldBe("t");
        json.RootElement.GetProperty("datacontenttype").GetString().ShouldBe("application/json");
        json.RootElement.GetProperty("data").GetProperty("name").GetString().ShouldBe("a");
    }

    [Fact]
    public async Task PublishEvent_WithoutData_HasNoContentType()
    {
        await sidecar.Client.PublishEventAsync("pubsub", "topic");

        var sent = sidecar.Published.ShouldHaveSingleItem();
        (sent.Data.Length, sent.DataContentType).ShouldBe((0, ""));
    }

    [Fact]
    public async Task PublishByteEvent_SendsTheBytesUnderTheirType()
    {
        await sidecar.Client.PublishByteEventAsync("pubsub", "topic", "{\"id\":\"1\"}"u8.ToArray(), "application/cloudevents+json");

        var sent = sidecar.Published.ShouldHaveSingleItem();
        (sent.Data.ToStringUtf8(), sent.DataContentType).ShouldBe(("{\"id\":\"1\"}", "application/cloudevents+json"));
    }

    [Fact]
    public async Task PublishEvent_Refused_ThrowsWithTheReasonInside()
    {
        var refused = await Should.ThrowAsync<DaprException>(() => sidecar.Client.PublishEventAsync("absent", "topic", 1));

        refused.InnerException.ShouldBeOfType<RpcException>().StatusCode.ShouldBe(StatusCode.InvalidArgument);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task BulkPublish_OfReadyCloudEvents_KeepsEachAsItIs(bool isOld)
    {
        sidecar.IsOld = isOld;
        ReadyEvent[] events = [new("""{"id":"0193","specversion":"1.0","data":{"n":1}}"""), new("""{"id":"0194"}""")];

        var response = await sidecar.Client.BulkPublishEventAsync("pubsub", "topic", events);

        response.FailedEntries.ShouldBeEmpty();
        var sent = sidecar.BulkPublished.ShouldHaveSingleItem();
        (sent.PubsubName, sent.Topic).ShouldBe(("pubsub", "topic"));
        sent.Entries.Select(entry => (entry.EntryId, entry.ContentType, entry.Event.ToStringUtf8())).ShouldBe(
        [
            ("0", "application/cloudevents+json", """{"id":"0193","specversion":"1.0","data":{"n":1}}"""),
            ("1", "application/cloudevents+json", """{"id":"0194"}"""),
        ]);
    }

    [Fact]
    public async Task BulkPublish_ChoosesTheTypeOfEachEntry()
    {
        await sidecar.Client.BulkPublishEventAsync<object>("pubsub", "topic", [new byte[] { 1, 2 }, "text", new CloudEvent()]);

        sidecar.BulkPublished.ShouldHaveSingleItem().Entries.Select(entry => entry.ContentType)
            .ShouldBe(["application/octet-stream", "application/json", "application/cloudevents+json"]);
    }

    [Fact]
    public async Task BulkPublish_PartlyFailed_NamesTheFailedOnes()
    {
        var response = await sidecar.Client.BulkPublishEventAsync("pubsub", "topic", ["good", "poison", "good"]);

        var failed = response.FailedEntries.ShouldHaveSingleItem();
        (failed.Entry.EntryId, failed.Entry.EventData, failed.ErrorMessage).ShouldBe(("1", "poison", "broker said no"));
    }

    [Theory]
    [InlineData(204, true)]
    [InlineData(500, false)]
    public async Task CheckHealth_IsWhatTheSidecarAnswers(int status, bool expected)
    {
        sidecar.HealthStatus = status;

        (await sidecar.Client.CheckHealthAsync()).ShouldBe(expected);
        (await sidecar.Client.CheckOutboundHealthAsync()).ShouldBe(expected);
        sidecar.HealthPaths.ShouldBe([$"/v1.0/healthz {FakeSidecar.Token}", $"/v1.0/healthz/outbound {FakeSidecar.Token}"]);
    }

    [Fact]
    public async Task CheckHealth_WithoutASidecar_IsFalse()
    {
        await sidecar.DisposeAsync();
        using var client = new Dapr.Client.DaprClientBuilder().UseHttpEndpoint("http://127.0.0.1:1").Build();

        (await client.CheckHealthAsync()).ShouldBeFalse();
    }

    [Fact]
    public async Task WaitForSidecar_ReturnsOnceItIsReady()
    {
        sidecar.HealthStatus = 500;
        var wait = sidecar.Client.WaitForSidecarAsync();
        while (sidecar.HealthPaths.IsEmpty)
            await Task.Delay(10);
        wait.IsCompleted.ShouldBeFalse();

        sidecar.HealthStatus = 204;
        await wait.WaitAsync(TimeSpan.FromSeconds(90));
    }

    [Fact]
    public async Task GetMetadata_TellsIdAndComponents()
    {
        var metadata = await sidecar.Client.GetMetadataAsync();

        (metadata.Id, metadata.Components.Single().Type, metadata.Extended["daprRuntimeVersion"]).ShouldBe(("grid", "pubsub.redis", "1.18.3"));
    }

    [Fact]
    public async Task AddDaprClient_TakesAddressesAndTokenFromConfiguration()
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(
        [
            new("DAPR_GRPC_ENDPOINT", sidecar.GrpcAddress),
            new("DAPR_HTTP_PORT", $"{new Uri(sidecar.HttpAddress).Port}"),
            new("DAPR_API_TOKEN", FakeSidecar.Token),
        ]).Build());
        services.AddDaprClient();
        await using var provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<Dapr.Client.DaprClient>();

        await client.PublishEventAsync("pubsub", "topic", 1);

        sidecar.Published.ShouldHaveSingleItem();
        (await client.CheckHealthAsync()).ShouldBeTrue();
    }

    private sealed record Payload(string Name, int Number);

    /// <summary>An event that is JSON already: what the SDK serialises is what it was given.</summary>
    [JsonConverter(typeof(AsItIs))]
    private sealed class ReadyEvent(string json) : CloudEvent
    {
        private sealed class AsItIs : JsonConverter<ReadyEvent>
        {
            public override ReadyEvent Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
                throw new NotSupportedException();

            public override void Write(Utf8JsonWriter writer, ReadyEvent value, JsonSerializerOptions options) =>
                writer.WriteRawValue(value.Json);
        }

        private string Json => json;
    }
}
