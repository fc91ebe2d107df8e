using System.Diagnostics;
using Jiceng.Hosting;
using Jiceng.Persistence;
using Microsoft.Extensions.Logging;

namespace Jiceng.Messaging;

/// <summary>
/// Carries events from the outbox to the broker. Wakes when this process commits events, and every second for those of others.
/// Any number of replicas may run: each takes other rows. A relay that dies between publishing and marking has its events
/// published again by the next, under the same ids.
/// </summary>
internal sealed partial class OutboxRelay(
    Database database, IEventPublisher publisher, MessagingTelemetry telemetry, TimeProvider time, ILogger<OutboxRelay> logger, JobServices services)
    : PeriodicJob(services, "outbox", TimeSpan.FromSeconds(1))
{
    private const int BatchSize = 100;
    private static readonly TimeSpan StateInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PublishTimeout = TimeSpan.FromSeconds(5);
    private bool _adopted;
    private long? _measured;

    /// <summary>Publishes one batch.</summary>
    /// <returns>Events published, and events tried in vain.</returns>
    public async Task<(int Published, int Failed)> RelayBatchAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var claimed = await OutboxStore.ClaimAsync(connection, BatchSize, time.GetUtcNow(), cancellationToken);
        if (claimed.Count == 0) return (0, 0);
        var outcomes = await Task.WhenAll(claimed.Select(envelope => TryPublishAsync(envelope, cancellationToken)));
        var byOutcome = claimed.Zip(outcomes).ToLookup(pair => pair.Second is null, pair => pair.First.Id);
        Guid[] published = [.. byOutcome[true]], failed = [.. byOutcome[false]];
        if (failed.Length > 0 && !cancellationToken.IsCancellationRequested)
            PublishFailed(failed.Length, failed[0], outcomes.First(error => error is not null)!);
        // What is with the broker is marked even while the service stops.
        if (published.Length > 0) await OutboxStore.MarkPublishedAsync(connection, published, time.GetUtcNow(), CancellationToken.None);
        // When nothing goes out it is the broker, not the events.
        if (published.Length > 0 && failed.Length > 0) await OutboxStore.PostponeAsync(connection, failed, time.GetUtcNow(), CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
        return (published.Length, failed.Length);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var written = database.OnAnnounced(EventPublishing.Written, Wake);
        await base.ExecuteAsync(stoppingToken);
    }

    protected override async Task<JobRound> RunRoundAsync(CancellationToken cancellationToken)
    {
        if (!_adopted) await AdoptAsync(cancellationToken);
        _adopted = true;
        var (published, failed) = await RelayBatchAsync(cancellationToken);
        if (_measured is not { } then || time.GetElapsedTime(then) > StateInterval)
        {
            _measured = time.GetTimestamp();
            await MeasureAsync(cancellationToken);
        }

        if (published == 0 && failed > 0) return JobRound.Failed;
        return published + failed == BatchSize ? JobRound.More : JobRound.Done;
    }

    /// <returns>Null, or what kind of failure it was.</returns>
    private async Task<string?> TryPublishAsync(Envelope envelope, CancellationToken cancellationToken)
    {
        using var activity = MessagingTelemetry.Activities.StartActivity("outbox publish", ActivityKind.Producer, envelope.Trace);
        activity?.SetTag("messaging.system", "dapr");
        activity?.SetTag("messaging.destination.name", envelope.Topic);
        activity?.SetTag("messaging.message.id", envelope.Id.ToString());
        activity?.SetTag("event.type", envelope.Type);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(PublishTimeout);
        try
        {
            var sent = envelope with { TraceParent = activity?.Id ?? envelope.TraceParent };
            await publisher.PublishAsync(envelope.Topic, CloudEvents.Write(sent), limit.Token);
            telemetry.Published.Add(1, MessagingTelemetry.Tag(envelope.Type));
            return null;
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            var error = failure.GetType().Name;
            activity?.SetStatus(ActivityStatusCode.Error, error);
            telemetry.PublishFailures.Add(1, MessagingTelemetry.Tag(envelope.Type));
            return error;
        }
    }

    private async Task AdoptAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await OutboxStore.AdoptAsync(connection, cancellationToken)) Adopted();
        await transaction.CommitAsync(cancellationToken);
    }

    private async Task MeasureAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellationToken);
        telemetry.Set(await OutboxStore.StateAsync(connection, time.GetUtcNow(), cancellationToken));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} events could not be published ({EventId}: {Error}); they stay in the outbox")]
    private partial void PublishFailed(int count, Guid eventId, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database comes from another PostgreSQL cluster; the event feed begins anew")]
    private partial void Adopted();
}
