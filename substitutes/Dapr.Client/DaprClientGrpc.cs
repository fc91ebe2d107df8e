using System.Globalization;
using System.Text.Json;
using Dapr.Client.Autogen.Grpc.v1;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace Dapr.Client;

/// <summary>Publishes and asks by gRPC; health is HTTP only.</summary>
internal sealed class DaprClientGrpc(GrpcChannel channel, HttpClient http, JsonSerializerOptions jsonOptions, string? apiToken) : DaprClient
{
    public const string ApiTokenHeader = "dapr-api-token";
    private const string Json = "application/json";
    private const string CloudEventsJson = "application/cloudevents+json";
    private static readonly TimeSpan SidecarPoll = TimeSpan.FromMilliseconds(500);

    private readonly Autogen.Grpc.v1.Dapr.DaprClient client = new(channel);

    public override JsonSerializerOptions JsonSerializerOptions => jsonOptions;

    public override Task PublishEventAsync<TData>(
        string pubsubName, string topicName, TData data, CancellationToken cancellationToken = default) =>
        PublishDataAsync(pubsubName, topicName, data, null, cancellationToken);

    public override Task PublishEventAsync<TData>(
        string pubsubName, string topicName, TData data, Dictionary<string, string> metadata,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        return PublishDataAsync(pubsubName, topicName, data, metadata, cancellationToken);
    }

    public override Task PublishEventAsync(string pubsubName, string topicName, CancellationToken cancellationToken = default) =>
        PublishAsync(pubsubName, topicName, ByteString.Empty, "", null, cancellationToken);

    public override Task PublishEventAsync(
        string pubsubName, string topicName, Dictionary<string, string> metadata, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        return PublishAsync(pubsubName, topicName, ByteString.Empty, "", metadata, cancellationToken);
    }

    public override Task PublishByteEventAsync(
        string pubsubName, string topicName, ReadOnlyMemory<byte> data, string dataContentType = Json,
        Dictionary<string, string>? metadata = default, CancellationToken cancellationToken = default) =>
        PublishAsync(pubsubName, topicName, ByteString.CopyFrom(data.Span), dataContentType, metadata, cancellationToken);

    public override async Task<BulkPublishResponse<TValue>> BulkPublishEventAsync<TValue>(
        string pubsubName, string topicName, IReadOnlyList<TValue> events, Dictionary<string, string>? metadata = default,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(pubsubName);
        ArgumentException.ThrowIfNullOrEmpty(topicName);
        ArgumentNullException.ThrowIfNull(events);
        var request = new BulkPublishRequest { PubsubName = pubsubName, Topic = topicName };
        request.Metadata.Add(metadata ?? []);
        request.Entries.Add(events.Select((data, index) => Entry(index, data)));

        var response = await CallAsync("Bulk publishing", options => BulkPublishAsync(request, options), cancellationToken);

        var failed = response.FailedEntries.Select(failure =>
        {
            var sent = request.Entries.Single(entry => entry.EntryId == failure.EntryId);
            var data = events[int.Parse(sent.EntryId, CultureInfo.InvariantCulture)];
            return new BulkPublishResponseFailedEntry<TValue>(
                new BulkPublishEntry<TValue>(sent.EntryId, data, sent.ContentType, sent.Metadata), failure.Error);
        });
        return new BulkPublishResponse<TValue>([.. failed]);
    }

    public override Task<bool> CheckHealthAsync(CancellationToken cancellationToken = default) =>
        IsHealthyAsync("v1.0/healthz", cancellationToken);

    public override Task<bool> CheckOutboundHealthAsync(CancellationToken cancellationToken = default) =>
        IsHealthyAsync("v1.0/healthz/outbound", cancellationToken);

    public override async Task WaitForSidecarAsync(CancellationToken cancellationToken = default)
    {
        while (!await CheckOutboundHealthAsync(cancellationToken))
            await Task.Delay(SidecarPoll, cancellationToken);
    }

    public override async Task<DaprMetadata> GetMetadataAsync(CancellationToken cancellationToken = default)
    {
        var reply = await CallAsync(
            "Reading the metadata", options => client.GetMetadataAsync(new GetMetadataRequest(), options).ResponseAsync, cancellationToken);
        return new DaprMetadata(
            reply.Id,
#pragma warning disable CS0612 // The field is deprecated, and still what this property shows.
            [.. reply.ActiveActorsCount.Select(actor => new DaprActorMetadata(actor.Type, actor.Count))],
#pragma warning restore CS0612
            new Dictionary<string, string>(reply.ExtendedMetadata),
            [.. reply.RegisteredComponents.Select(c => new DaprComponentsMetadata(c.Name, c.Type, c.Version, [.. c.Capabilities]))]);
    }

    public override Task SetMetadataAsync(
        string attributeName, string attributeValue, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(attributeName);
        ArgumentException.ThrowIfNullOrEmpty(attributeValue);
        var request = new SetMetadataRequest { Key = attributeName, Value = attributeValue };
        return CallAsync("Writing the metadata", options => client.SetMetadataAsync(request, options).ResponseAsync, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        channel.Dispose();
        http.Dispose();
    }

    private Task PublishDataAsync<TData>(
        string pubsubName, string topicName, TData data, Dictionary<string, string>? metadata, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(data);
        return PublishAsync(
            pubsubName, topicName, ToJson(data), data is CloudEvent ? CloudEventsJson : Json, metadata, cancellationToken);
    }

    private Task PublishAsync(
        string pubsubName, string topicName, ByteString data, string contentType, Dictionary<string, string>? metadata,
        CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(pubsubName);
        ArgumentException.ThrowIfNullOrEmpty(topicName);
        var request = new PublishEventRequest
        {
            PubsubName = pubsubName,
            Topic = topicName,
            Data = data,
            DataContentType = contentType,
        };
        request.Metadata.Add(metadata ?? []);
        return CallAsync("Publishing", options => client.PublishEventAsync(request, options).ResponseAsync, cancellationToken);
    }

    private async Task<BulkPublishResponse> BulkPublishAsync(BulkPublishRequest request, CallOptions options)
    {
        try
        {
            return await client.BulkPublishEventAsync(request, options);
        }
        catch (RpcException unknown) when (unknown.StatusCode == StatusCode.Unimplemented)
        {
            return await client.BulkPublishEventAlpha1Async(request, options);
        }
    }

    private BulkPublishRequestEntry Entry<TValue>(int index, TValue data) => new()
    {
        EntryId = index.ToString(CultureInfo.InvariantCulture),
        Event = data is byte[] bytes ? ByteString.CopyFrom(bytes) : ToJson(data),
        ContentType = data switch
        {
            CloudEvent => CloudEventsJson,
            byte[] => "application/octet-stream",
            _ => Json,
        },
    };

    /// <summary>The type named by the caller decides which properties are written, not the type of the object.</summary>
    private ByteString ToJson<TData>(TData data) =>
        UnsafeByteOperations.UnsafeWrap(JsonSerializer.SerializeToUtf8Bytes(data, jsonOptions));

    private async Task<bool> IsHealthyAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await http.GetAsync(path, cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task<T> CallAsync<T>(string what, Func<CallOptions, Task<T>> call, CancellationToken cancellationToken)
    {
        var headers = new Metadata();
        if (!string.IsNullOrEmpty(apiToken))
            headers.Add(ApiTokenHeader, apiToken);
        try
        {
            return await call(new CallOptions(headers, cancellationToken: cancellationToken));
        }
        catch (RpcException failure)
        {
            throw new DaprException($"{what} failed: the Dapr endpoint refused it. The inner exception says why.", failure);
        }
    }
}
