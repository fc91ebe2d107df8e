using Jiceng.Sidecar.Redis;
using Jiceng.Sidecar.Resilience;
using Jiceng.Sidecar.Resources;

namespace Jiceng.Sidecar.Publishing;

/// <summary>A loaded pub/sub component.</summary>
internal sealed class Pubsub(PubsubResource resource, Policy inbound, Policy outbound, TimeProvider time) : IAsyncDisposable
{
    public PubsubResource Resource { get; } = resource;

    public string Name => Resource.Name;

    public Policy Inbound { get; } = inbound;

    public Policy Outbound { get; } = outbound;

    public StreamBroker Broker { get; } = new(resource.Redis, resource.Streams, time);

    /// <exception cref="ConfigurationException">Redis did not respond in time, and the component does not ignore errors.</exception>
    public async Task InitAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Resource.InitTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await Broker.PingAsync(either.Token);
        }
        catch (Exception e) when (
            e is RedisConnectionException or RedisReplyException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            if (Resource.IgnoreErrors) return;
            var reason = e is OperationCanceledException ? $"no answer within {Resource.InitTimeout.TotalSeconds} s (initTimeout)" : e.Message;
            throw new ConfigurationException($"component {Name}: error connecting to redis at {Resource.Redis.Host}:{Resource.Redis.Port}: {reason}");
        }
    }

    public ValueTask DisposeAsync() => Broker.DisposeAsync();
}
