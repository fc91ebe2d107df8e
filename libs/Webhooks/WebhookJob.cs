using Jiceng.Hosting;
using Jiceng.Messaging;
using Jiceng.Persistence;
using Microsoft.Extensions.Logging;

namespace Jiceng.Webhooks;

/// <summary>
/// Serves the webhooks that have something to be sent, each by a task of its own, so that one that fails holds up no other. Looks when this
/// process commits events, and every second for those of others.
/// </summary>
internal sealed partial class WebhookJob(
    Database database, WebhookTurnStore turns, WebhookRound round, WebhookTelemetry telemetry, TimeProvider time, ILogger<WebhookJob> logger,
    JobServices services) : PeriodicJob(services, "webhooks", Poll)
{
    private const int AtOnce = 64;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StateInterval = TimeSpan.FromSeconds(15);

    // Where events are committed all the time, one look serves many.
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(50);
    private readonly List<(Guid Id, Task Task)> _serving = [];
    private long? _measured;

    // Events without a receiver, as where there are no webhooks, do not deserve a query each.
    protected override TimeSpan ShortestPause => Woken && _serving.Count == 0 ? Poll : Gather;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var written = database.OnAnnounced(EventPublishing.Fed, Wake);
        try
        {
            await base.ExecuteAsync(stoppingToken);
        }
        finally
        {
            // They end soon: each gives its webhook back.
            await Task.WhenAll(_serving.Select(one => one.Task));
        }
    }

    protected override async Task<JobRound> RunRoundAsync(CancellationToken cancellationToken)
    {
        _serving.RemoveAll(one => one.Task.IsCompleted);
        foreach (var id in await turns.ReadyAsync([.. _serving.Select(one => one.Id)], AtOnce - _serving.Count, cancellationToken))
            _serving.Add((id, ServeAsync(id, cancellationToken)));
        if (_measured is not { } then || time.GetElapsedTime(then) > StateInterval)
        {
            _measured = time.GetTimestamp();
            telemetry.Set(await turns.StateAsync(cancellationToken));
        }

        return JobRound.Done;
    }

    private async Task ServeAsync(Guid id, CancellationToken stoppingToken)
    {
        try
        {
            // After a failure its lease ends by itself; the next replica continues from there.
            await TryItemAsync(
                id,
                async token =>
                {
                    while (await round.ServeAsync(id, token))
                    {
                    }
                },
                stoppingToken);
        }
        catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
        {
            ServeFailed(id, failure.Message);
        }
        catch (OperationCanceledException)
        {
            // The service stops.
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The webhook {WebhookId} is put off: {Problem}")]
    private partial void ServeFailed(Guid webhookId, string problem);
}
