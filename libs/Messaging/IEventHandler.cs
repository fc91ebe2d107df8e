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
/// <param name="EventId">CloudEvents id.</param>
/// <param name="Type">CloudEvents type.</param>
/// <param name="Subject">Id of the aggregate whose state is reported.</param>
/// <param name="Sequence">Version of the aggregate.</param>
/// <param name="Time">When the change was made.</param>
/// <param name="TraceId">Trace of the change, 32 hex digits; empty when it had none.</param>
/// <param name="Data">The state that the event reports.</param>
public sealed record Received<T>(Guid EventId, string Type, string Subject, long Sequence, DateTimeOffset Time, string TraceId, T Data)
    where T : IMessage<T>;
