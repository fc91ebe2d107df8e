using Jiceng.Sidecar.Events;
using Jiceng.Sidecar.Publishing;
using Jiceng.Sidecar.Redis;
using Jiceng.Sidecar.Resources;
using Jiceng.Sidecar.Telemetry;

namespace Jiceng.Sidecar.Subscriptions;

/// <summary>The effective subscriptions of an app, and their consumers while they run.</summary>
internal sealed partial class SubscriptionSet(
    IReadOnlyDictionary<string, Pubsub> pubsubs, AppChannel app, Publisher publisher, Tracing tracing, TimeProvider time, ILogger logger)
    : IAsyncDisposable
{
    private readonly List<StreamConsumer> _consumers = [];

    public IReadOnlyList<Subscription> Effective { get; private set; } = [];

    /// <summary>
    /// Chooses one subscription per component and topic: programmatic before declarative, the last programmatic one, the first declarative
    /// one.
    /// </summary>
    public void Choose(IReadOnlyList<Subscription> declarative, IReadOnlyList<Subscription> programmatic)
    {
        var chosen = new Dictionary<(string, string), Subscription>();
        foreach (var subscription in declarative) chosen.TryAdd((subscription.Pubsub, subscription.Topic), subscription);
        foreach (var subscription in programmatic) chosen[(subscription.Pubsub, subscription.Topic)] = subscription;
        Effective = [.. chosen.Values.Where(IsUsable)];
    }

    public void Start()
    {
        foreach (var group in Effective.GroupBy(s => s.Pubsub))
        {
            var pubsub = pubsubs[group.Key];
            var consumer = new StreamConsumer(pubsub.Broker, time, logger);
            _consumers.Add(consumer);
            foreach (var subscription in group)
            {
                consumer.Subscribe(subscription.Topic, new Delivery(subscription, pubsub, app, publisher, tracing, time, logger).HandleAsync);
                LogSubscribed(subscription.Pubsub, subscription.Topic, string.Join(", ", subscription.Routes.Select(r => r.Path)));
            }
        }
    }

    public async Task StopAsync(TimeSpan grace)
    {
        await Task.WhenAll(_consumers.Select(c => c.StopAsync(grace)));
        foreach (var consumer in _consumers) await consumer.DisposeAsync();
        _consumers.Clear();
    }

    public async ValueTask DisposeAsync() => await StopAsync(TimeSpan.Zero);

    private bool IsUsable(Subscription subscription)
    {
        if (!pubsubs.TryGetValue(subscription.Pubsub, out var pubsub))
        {
            LogRefused(subscription.Pubsub, subscription.Topic, "there is no such component");
            return false;
        }

        if (!pubsub.Resource.Scopes.MaySubscribe(subscription.Topic))
        {
            LogRefused(subscription.Pubsub, subscription.Topic, "the component's scopes forbid it");
            return false;
        }

        try
        {
            PublishMetadata.IsRawPayload(subscription.Metadata);
            return true;
        }
        catch (FormatException e)
        {
            throw new ConfigurationException($"the subscription to {subscription.Topic}: {e.Message}");
        }
    }

    [LoggerMessage(LogLevel.Information, "subscribed to topic {Topic} of {Pubsub} for {Paths}")]
    private partial void LogSubscribed(string pubsub, string topic, string paths);

    [LoggerMessage(LogLevel.Error, "not subscribed to topic {Topic} of {Pubsub}: {Reason}")]
    private partial void LogRefused(string pubsub, string topic, string reason);
}
