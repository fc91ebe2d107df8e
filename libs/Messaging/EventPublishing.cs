using System.Diagnostics;
using Google.Protobuf;
using Jiceng.Domain;
using Jiceng.Persistence;

namespace Jiceng.Messaging;

/// <summary>Publishes events with the change that they report.</summary>
public static class EventPublishing
{
    /// <summary>Topic of <see cref="UnitOfWork.Announce"/> when a transaction that wrote events for the broker is committed.</summary>
    internal const string Written = "outbox";

    /// <summary>Topic of <see cref="UnitOfWork.Announce"/> when a transaction that wrote events of any kind is committed.</summary>
    internal const string Fed = "feed";

    /// <summary>
    /// Writes an event to the outbox, in the transaction of the change. It leaves the service after the commit, at least once,
    /// in no promised order; the current trace goes with it. An event without a topic is served by the feed alone: it is written as if the broker
    /// had it already.
    /// </summary>
    /// <param name="work">The transaction.</param>
    /// <param name="subject">Id of the aggregate whose state is reported.</param>
    /// <param name="place">The place that the event belongs to, if any.</param>
    /// <param name="sequence">Version of the aggregate; consumers keep the highest.</param>
    /// <param name="payload">The state. Never holds personal data. Its message declares type and topic in the contracts.</param>
    /// <returns>Id of the event.</returns>
    /// <exception cref="ArgumentException">The message is no event of the contracts.</exception>
    public static Guid Publish(this UnitOfWork work, string subject, PlaceCode? place, long sequence, IMessage payload)
    {
        var type = EventTypes.Of(payload.Descriptor);
        var id = Guid.CreateVersion7(work.Now);
        work.ExecuteOnCommit(
            """
            INSERT INTO outbox (id, topic, type, subject, place_code, sequence, event_time, traceparent, data_json, publish_time)
            VALUES (@id, @Topic, @Name, @subject, @place, @sequence, @Now, @traceparent, @data, @publishTime)
            """,
            new
            {
                id,
                type.Topic,
                type.Name,
                subject,
                place,
                sequence,
                work.Now,
                traceparent = Activity.Current?.Id,
                data = JsonFormatter.Default.Format(payload),
                publishTime = type.FeedOnly ? work.Now : (DateTimeOffset?)null,
            });
        if (!type.FeedOnly) work.Announce(Written);
        work.Announce(Fed);
        return id;
    }
}
