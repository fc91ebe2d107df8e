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

    public Envelope ToEnvelope() => new(
        Id, Topic, Type, CloudEvents.SourceOf(Topic), Subject, PlaceCode is null ? null : Domain.PlaceCode.Parse(PlaceCode), Sequence, EventTime,
        Traceparent, DataJson);
}
