using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Jiceng.Messaging;

/// <summary>Spans and metrics of the library; docs/telemetry.md lists them.</summary>
internal sealed class MessagingTelemetry
{
    public const string Name = "Jiceng.Messaging";

    public static readonly ActivitySource Activities = new(Name);
    private OutboxState _state = new(0, 0, 0);

    public MessagingTelemetry(IMeterFactory meters)
    {
        var meter = meters.Create(Name);
        Published = meter.CreateCounter<long>("jiceng.outbox.published", "{event}", "Events handed to the sidecar");
        PublishFailures = meter.CreateCounter<long>("jiceng.outbox.failed", "{attempt}", "Attempts to publish that failed; each is repeated");
        Handled = meter.CreateCounter<long>("jiceng.inbox.handled", "{event}", "Events that took effect");
        Duplicates = meter.CreateCounter<long>("jiceng.inbox.duplicates", "{event}", "Deliveries of events that had taken effect before");
        Ignored = meter.CreateCounter<long>("jiceng.inbox.ignored", "{event}", "Events of a type that the service does not hear");
        HandleFailures = meter.CreateCounter<long>("jiceng.inbox.failed", "{attempt}", "Attempts to handle an event that failed");
        Recovered = meter.CreateCounter<long>("jiceng.feed.recovered", "{event}", "Events that came by the feed because the broker had not brought them");
        DeadLetters = meter.CreateCounter<long>("jiceng.dead_letters", "{message}", "Messages stored as dead letters");
        meter.CreateObservableGauge("jiceng.outbox.pending", () => _state.Pending, "{event}", "Events waiting to be published");
        meter.CreateObservableGauge("jiceng.outbox.lag", () => _state.LagSeconds, "s", "Age of the oldest event that waits to be published");
        meter.CreateObservableGauge("jiceng.dead_letters.stored", () => _state.DeadLetters, "{message}", "Dead letters waiting for somebody to look at them");
    }

    public Counter<long> Published { get; }

    public Counter<long> PublishFailures { get; }

    public Counter<long> Handled { get; }

    public Counter<long> Duplicates { get; }

    public Counter<long> Ignored { get; }

    public Counter<long> HandleFailures { get; }

    public Counter<long> Recovered { get; }

    public Counter<long> DeadLetters { get; }

    public void Set(OutboxState state) => _state = state;

    public static KeyValuePair<string, object?> Tag(string type) => new("event.type", type);
}

internal sealed record OutboxState(long Pending, double LagSeconds, long DeadLetters);
