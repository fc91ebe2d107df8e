using Dapr.Client;

namespace Jiceng.Messaging;

/// <summary>The way to the broker.</summary>
internal interface IEventPublisher
{
    /// <summary>Hands over one ready-made CloudEvent. Returning means that the broker has it.</summary>
    /// <exception cref="Exception">It may not have it.</exception>
    Task PublishAsync(string topic, ReadOnlyMemory<byte> cloudEvent, CancellationToken cancellationToken);
}

internal sealed class DaprEventPublisher(DaprClient dapr) : IEventPublisher
{
    /// <summary>Name of the Dapr component, the same in every environment.</summary>
    public const string PubSub = "pubsub";

    public Task PublishAsync(string topic, ReadOnlyMemory<byte> cloudEvent, CancellationToken cancellationToken) =>
        dapr.PublishByteEventAsync(PubSub, topic, cloudEvent, CloudEvents.ContentType, cancellationToken: cancellationToken);
}
