using Jiceng.Persistence;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Jiceng.Messaging.Webhooks;

/// <summary>
/// Serves the webhooks that have something to be sent, each by a task of its own, so that one that fails holds up no other. Looks when this
/// process commits events, and every second for those of others.
/// </summary>
internal sealed partial class WebhookJob(
    Database database, WebhookTurns turns, WebhookRound round, MessagingTelemetry telemetry, TimeProvider time, ILogger<WebhookJob> logger)
    : BackgroundService
{
    private const int AtOnce = 64;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StateInterval = TimeSpan.FromSeconds(15);

    // Where events are committed all the time, one look serves many.
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(50);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        List<(Guid Id, Task Task)> serving = [];
        try
        {
            await RunAsync(serving, stoppingToken);
        }
        finally
        {
            // They end soon: each gives its webhook back.
            await Task.WhenAll(serving.Select(one => one.Task));
        }
    }

    private async Task RunAsync(List<(Guid Id, Task Task)> serving, CancellationToken stoppingToken)
    {
        using var written = new AnnouncementWaiter(database, EventPublishing.Fed);
        long? measured = null;
        var failing = false;
        var told = false;
        while (true)
        {
            try
            {
                serving.RemoveAll(one => one.Task.IsCompleted);
                foreach (var id in await turns.ReadyAsync([.. serving.Select(one => one.Id)], AtOnce - serving.Count, stoppingToken))
                    serving.Add((id, ServeAsync(id, stoppingToken)));
                if (measured is not { } then || time.GetElapsedTime(then) > StateInterval)
                {
                    measured = time.GetTimestamp();
                    telemetry.Set(await turns.StateAsync(stoppingToken));
                }

                failing = false;
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                if (!failing) JobFailed(failure);
                failing = true;
            }

            // Events that nobody is to be told of, as where there are no webhooks, are not worth a look each.
            await Task.Delay(told && serving.Count == 0 ? Poll : Gather, time, stoppingToken);
            told = await written.WaitAsync(Poll, stoppingToken);
        }
    }

    private async Task ServeAsync(Guid id, CancellationToken stoppingToken)
    {
        try
        {
            while (await round.ServeAsync(id, stoppingToken))
            {
            }
        }
        catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
        {
            // Its lease ends by itself; whoever is next goes on from where it was.
            ServeFailed(failure, id);
        }
        catch (OperationCanceledException)
        {
            // The service stops.
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Webhooks could not be looked for; trying again")]
    private partial void JobFailed(Exception failure);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The webhook {WebhookId} could not be served; trying again")]
    private partial void ServeFailed(Exception failure, Guid webhookId);
}
