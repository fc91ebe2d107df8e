using Google.Protobuf;
using Jiceng.Persistence;

namespace Jiceng.Messaging;

/// <summary>What a service does about one type of event.</summary>
/// <typeparam name="T">The payload.</typeparam>
public interface IEventHandler<T>
    where T : IMessage<T>
{
    /// <summary>
    /// Writes the effect of an event through <paramref name="work"/>, together with the note that the event was handled: each event
    /// takes effect once, however often it is delivered; the handler may run for one that was handled before, and is then undone. Events come in no promised order: apply one only if its
    /// <see cref="Received{T}.Sequence"/> is higher than what is stored. An exception undoes everything; the event is delivered
    /// again, and becomes a dead letter when it keeps failing.
    /// </summary>
    /// <param name="received">The event.</param>
    /// <param name="work">The transaction of the effect.</param>
    /// <param name="cancellationToken">Ends it early, undone.</param>
    Task HandleAsync(Received<T> received, UnitOfWork work, CancellationToken cancellationToken);
}

/// <summary>An event as its consumer gets it.</summary>
/// <typeparam name="T">The payload.</typeparam>
public sealed record Received<T>
    where T : IMessage<T>
{
    /// <summary>CloudEvents id.</summary>
    public required Guid EventId { get; init; }

    /// <summary>CloudEvents type.</summary>
    public required string Type { get; init; }

    /// <summary>Id of the aggregate whose state is reported.</summary>
    public required string Subject { get; init; }

    /// <summary>Version of the aggregate.</summary>
    public required long Sequence { get; init; }

    /// <summary>When the change was made.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Trace of the change, 32 hex digits; empty when it had none.</summary>
    public required string TraceId { get; init; }

    /// <summary>The state that the event reports.</summary>
    public required T Data { get; init; }
}
