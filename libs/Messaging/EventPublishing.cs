using System.Diagnostics;
using Google.Protobuf;
using Jiceng.Domain;
using Jiceng.Persistence;

namespace Jiceng.Messaging;

/// <summary>Publishes events with the change that they report.</summary>
public static class EventPublishing
{
    /// <summary>Topic of <see cref="Work.Announce"/> when a transaction that wrote events is committed.</summary>
    internal const string Written = "outbox";

    /// <summary>
    /// Writes an event to the outbox, in the transaction of the change. It leaves the service after the commit, at least once,
    /// in no promised order; the current trace goes with it.
    /// </summary>
    /// <param name="work">The transaction.</param>
    /// <param name="topic">Topic <c>jiceng.&lt;service&gt;.&lt;resource&gt;.v1</c>; the service is the CloudEvents source.</param>
    /// <param name="type">CloudEvents type, for example <c>jiceng.grid.case.closed.v1</c>.</param>
    /// <param name="subject">Id of the aggregate whose state is reported.</param>
    /// <param name="place">The place that the event belongs to, if any.</param>
    /// <param name="sequence">Version of the aggregate; consumers keep the highest.</param>
    /// <param name="payload">The state. Never holds personal data.</param>
    /// <returns>Id of the event.</returns>
    /// <exception cref="ArgumentException">The topic is not named so.</exception>
    public static Guid Publish(this Work work, string topic, string type, string subject, PlaceCode? place, long sequence, IMessage payload)
    {
        _ = CloudEvents.SourceOf(topic); // refuses a misnamed topic where the mistake is
        var id = Guid.CreateVersion7(work.Now);
        work.Defer(
            """
            INSERT INTO outbox (id, topic, type, subject, place_code, sequence, event_time, traceparent, data_json)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            id, topic, type, subject, place?.Value, sequence, work.Now, Activity.Current?.Id, JsonFormatter.Default.Format(payload));
        work.Announce(Written);
        return id;
    }
}
