namespace Jiceng.Messaging;

/// <summary>An event as the outbox holds it.</summary>
internal class OutboxRow
{
    public Guid Id { get; init; }

    public string Topic { get; init; } = "";

    public string Type { get; init; } = "";

    public string Subject { get; init; } = "";

    public string? PlaceCode { get; init; }

    public long Sequence { get; init; }

    public DateTimeOffset EventTime { get; init; }

    public string? Traceparent { get; init; }

    public string DataJson { get; init; } = "";

    public Envelope ToEnvelope() => new()
    {
        Id = Id,
        Topic = Topic,
        Type = Type,
        Source = CloudEvents.SourceOf(Topic),
        Subject = Subject,
        Place = PlaceCode is null ? null : Domain.PlaceCode.Parse(PlaceCode),
        Sequence = Sequence,
        Time = EventTime,
        TraceParent = Traceparent,
        DataJson = DataJson,
    };
}
