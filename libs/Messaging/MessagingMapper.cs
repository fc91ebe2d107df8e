using Google.Protobuf.WellKnownTypes;
using Jiceng.Common.V1;
using Jiceng.Domain;

namespace Jiceng.Messaging;

/// <summary>Events and dead letters as the contracts have them, and events that were read from a feed.</summary>
internal static class MessagingMapper
{
    public static Event ToMessage(this Envelope envelope) => new()
    {
        Id = envelope.Id.ToString(),
        Type = envelope.Type,
        Source = envelope.Source,
        Subject = envelope.Subject,
        Time = envelope.Time.ToTimestamp(),
        Traceparent = envelope.TraceParent ?? "",
        PlaceCode = envelope.Place?.Value ?? "",
        Sequence = envelope.Sequence,
        DataJson = envelope.DataJson,
    };

    public static DeadLetter ToMessage(this DeadLetterRow row) => new()
    {
        EventId = row.EventId,
        Type = row.Type,
        Topic = row.Topic,
        ArrivalTime = row.ArrivalTime.ToTimestamp(),
        Error = row.Error,
        ReplayCount = row.ReplayCount,
    };

    /// <param name="received">An event of the feed, which does not name the topic.</param>
    /// <param name="topic">Topic of its subscription; empty when it has none.</param>
    public static Envelope ToEnvelope(this Event received, string topic) => new()
    {
        Id = Guid.Parse(received.Id),
        Topic = topic,
        Type = received.Type,
        Source = received.Source,
        Subject = received.Subject,
        Place = received.PlaceCode.Length == 0 ? null : PlaceCode.Parse(received.PlaceCode),
        Sequence = received.Sequence,
        Time = received.Time.ToDateTimeOffset(),
        TraceParent = received.Traceparent.Length == 0 ? null : received.Traceparent,
        DataJson = received.DataJson,
    };
}
