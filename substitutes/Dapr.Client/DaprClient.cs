using System.Text.Json;

namespace Dapr.Client;

/// <summary>What an app asks of its sidecar. Get one from <see cref="DaprClientBuilder" /> or from AddDaprClient.</summary>
public abstract class DaprClient : IDisposable
{
    private bool disposed;

    public abstract JsonSerializerOptions JsonSerializerOptions { get; }

    /// <summary>Publishes the data as JSON: a <see cref="CloudEvent" /> as it is, anything else for the sidecar to wrap.</summary>
    public abstract Task PublishEventAsync<TData>(
        string pubsubName, string topicName, TData data, CancellationToken cancellationToken = default);

    public abstract Task PublishEventAsync<TData>(
        string pubsubName, string topicName, TData data, Dictionary<string, string> metadata,
        CancellationToken cancellationToken = default);

    /// <summary>Publishes an event without data.</summary>
    public abstract Task PublishEventAsync(string pubsubName, string topicName, CancellationToken cancellationToken = default);

    public abstract Task PublishEventAsync(
        string pubsubName, string topicName, Dictionary<string, string> metadata, CancellationToken cancellationToken = default);

    /// <summary>Publishes bytes under a media type of the caller's choice.</summary>
    public abstract Task PublishByteEventAsync(
        string pubsubName, string topicName, ReadOnlyMemory<byte> data, string dataContentType = "application/json",
        Dictionary<string, string>? metadata = default, CancellationToken cancellationToken = default);

    /// <summary>
    /// Publishes several events in one call. The media type is chosen for each event: a <see cref="CloudEvent" /> is
    /// application/cloudevents+json, bytes are application/octet-stream, anything else is application/json.
    /// </summary>
    public abstract Task<BulkPublishResponse<TValue>> BulkPublishEventAsync<TValue>(
        string pubsubName, string topicName, IReadOnlyList<TValue> events, Dictionary<string, string>? metadata = default,
        CancellationToken cancellationToken = default);

    /// <summary>Whether the sidecar is ready, the app's own port included.</summary>
    public abstract Task<bool> CheckHealthAsync(CancellationToken cancellationToken = default);

    /// <summary>Whether the sidecar's components are ready; does not depend on the app.</summary>
    public abstract Task<bool> CheckOutboundHealthAsync(CancellationToken cancellationToken = default);

    /// <summary>Returns when the sidecar's components are ready; only the token ends the wait early.</summary>
    public abstract Task WaitForSidecarAsync(CancellationToken cancellationToken = default);

    public abstract Task<DaprMetadata> GetMetadataAsync(CancellationToken cancellationToken = default);

    public abstract Task SetMetadataAsync(
        string attributeName, string attributeValue, CancellationToken cancellationToken = default);

    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
