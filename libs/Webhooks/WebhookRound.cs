using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using Jiceng.Common.V1;
using Jiceng.Domain;
using Jiceng.Messaging;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Jiceng.Webhooks;

/// <summary>
/// One turn of a webhook: what is due again, then what the feed has next. Subjects go side by side, the events of one subject one after the
/// other: what follows one that failed waits for it. Nothing is marked before it was answered, so that a replica that dies has some events
/// sent twice and none not at all.
/// </summary>
internal sealed partial class WebhookRound(
    WebhookTurnStore turns, EventFeed feed, EventReaches reaches, WebhookClient client, WebhookSecrets secrets, WebhookTelemetry telemetry,
    IOptions<WebhookSettings> settings, TimeProvider time, ILogger<WebhookRound> logger)
{
    private const int AtOnce = 4;
    private static readonly TimeSpan UnreadablePause = TimeSpan.FromMinutes(1);

    /// <returns>Whether there was something to do, so that there may be more.</returns>
    public async Task<bool> ServeAsync(Guid id, CancellationToken stop)
    {
        if (await turns.TakeAsync(id, stop) is not { } turn) return false;
        if (Secrets(turn.Webhook) is not { } keys)
        {
            Unreadable(id);
            await turns.PutOffAsync(turn, UnreadablePause, stop);
            return false;
        }

        var reach = reaches.Of(turn.Webhook.Owner, turn.Webhook.Types, turn.Webhook.PlaceCode ?? "");
        var (due, subjects, waiting) = await turns.WaitingAsync(id, stop);
        var page = waiting < WebhookTurnStore.MostWaiting
            ? await feed.ReadAfterAsync(turn.After, WebhookTurnStore.TurnSize, reach.Types, stop)
            : (Events: [], Next: turn.After);
        var pending = due.Concat(page.Events.Select(one => new Pending(one, true, 0, null))).ToList();
        // Asked after the events were read: none that was committed after a change is signed, filtered or sent as before it.
        if (pending.Count > 0 && !await turns.IsCurrentAsync(turn, stop))
        {
            await turns.PutOffAsync(turn, TimeSpan.Zero, stop);
            return true;
        }

        var outcomes = await SendAsync(turn.Webhook, keys, reach, pending, subjects, stop);
        var result = Weigh(turn, page.Next, pending, outcomes);
        // What was answered is marked even while the service stops.
        if (!await turns.EndAsync(turn, result, CancellationToken.None)) return false;
        if (result.Pause != WebhookPauseReason.Unspecified) Paused(id, result.Pause);
        return pending.Count > 0 && result is { QuietUntil: null, Pause: WebhookPauseReason.Unspecified } && !stop.IsCancellationRequested;
    }

    /// <summary>The secrets to sign with, or null when they cannot be read.</summary>
    private List<string>? Secrets(WebhookRow webhook)
    {
        try
        {
            List<string> keys = [secrets.Decrypt(webhook.Id, webhook.Secret)];
            if (webhook.OldSecret is { } old && webhook.OldSecretEndTime > time.GetUtcNow()) keys.Add(secrets.Decrypt(webhook.Id, old));
            return keys;
        }
        catch (Exception failure) when (failure is CryptographicException or ApiException)
        {
            return null;
        }
    }

    /// <summary>How each call ended; null for an event that is no longer delivered. Missing events were not tried.</summary>
    private async Task<IReadOnlyDictionary<Guid, WebhookAttempt?>> SendAsync(
        WebhookRow webhook, List<string> keys, EventReach reach, List<Pending> pending, HashSet<string> waiting, CancellationToken stop)
    {
        var ended = new ConcurrentDictionary<Guid, WebhookAttempt?>();
        var started = time.GetTimestamp();
        var hold = false;
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce };
        await Parallel.ForEachAsync(pending.GroupBy(one => one.Event.Subject), options, async (group, _) =>
        {
            foreach (var one in group)
            {
                if (reach.Redact(one.Event) is not { } visible)
                {
                    ended[one.Event.Id] = null;
                    continue;
                }

                if (one.IsNew && waiting.Contains(group.Key)) return;
                if (Volatile.Read(ref hold) || stop.IsCancellationRequested || time.GetElapsedTime(started) > WebhookTurnStore.TurnTime) return;
                if (await TrySendAsync(webhook, keys, visible, stop) is not { } attempt) return;
                ended[one.Event.Id] = attempt;
                if (attempt.Gone || attempt.RetryAfter > TimeSpan.Zero) Volatile.Write(ref hold, true);
                if (!attempt.Delivered) return;
            }
        });
        return ended;
    }

    /// <returns>Null when the service stops: nobody knows whether it arrived, and it is sent again.</returns>
    private async Task<WebhookAttempt?> TrySendAsync(WebhookRow webhook, List<string> keys, Envelope visible, CancellationToken stop)
    {
        using var activity = WebhookTelemetry.Activities.StartActivity("webhook deliver", ActivityKind.Producer, visible.Trace);
        activity?.SetTag("jiceng.webhook.id", webhook.Id.ToString());
        activity?.SetTag("messaging.message.id", visible.Id.ToString());
        activity?.SetTag("event.type", visible.Type);
        try
        {
            var attempt = await client.SendAsync(new Uri(webhook.Address), visible.Id, CloudEvents.Write(visible), keys, activity?.Id ?? visible.TraceParent, stop);
            activity?.SetTag("http.response.status_code", attempt.Status);
            if (!attempt.Delivered) activity?.SetStatus(ActivityStatusCode.Error, attempt.Failure.ToString());
            return attempt;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return null;
        }
    }

    private TurnResult Weigh(Turn turn, FeedPosition next, List<Pending> pending, IReadOnlyDictionary<Guid, WebhookAttempt?> outcomes)
    {
        var now = time.GetUtcNow();
        List<Guid> done = [];
        List<Undelivered> undelivered = [];
        var (delivered, dead, gone) = (0, 0, false);
        TimeSpan? quiet = null;
        foreach (var one in pending)
        {
            if (!outcomes.TryGetValue(one.Event.Id, out var attempt))
            {
                // A row that was not tried stays as it is.
                if (one.IsNew) undelivered.Add(new Undelivered(one, 0, null, null, now));
                continue;
            }

            if (attempt is null or { Delivered: true })
            {
                done.Add(one.Event.Id);
                if (attempt is null) continue;
                delivered++;
                telemetry.Called("delivered");
                continue;
            }

            var failed = Failed(one, attempt, now);
            undelivered.Add(failed);
            gone |= attempt.Gone;
            if (WebhookSchedule.Limited(attempt.RetryAfter) is { } asked && (quiet is null || asked > quiet)) quiet = asked;
            if (failed.Next is null) dead++;
            telemetry.Called(failed.Next is null ? "dead" : "failed");
        }

        // A receiver that took nothing is left alone for a moment.
        if (delivered == 0 && undelivered.Any(one => one.Attempt is not null)) quiet ??= settings.Value.RetryPause;
        var inARow = delivered > 0 ? 0 : turn.DeadInARow + dead;
        var pause = gone ? WebhookPauseReason.Gone
            : inARow >= settings.Value.PauseAfterDead ? WebhookPauseReason.Failing
            : WebhookPauseReason.Unspecified;
        return new TurnResult
        {
            Position = next,
            Done = done,
            Undelivered = undelivered,
            Delivered = delivered > 0,
            DeadInARow = inARow,
            QuietUntil = quiet is { } pauseFor ? now + pauseFor : null,
            Pause = pause,
        };
    }

    private Undelivered Failed(Pending one, WebhookAttempt attempt, DateTimeOffset now)
    {
        var started = one.Started ?? now;
        var pause = WebhookSchedule.Pause(settings.Value.RetryPause, one.Attempts + 1, attempt.RetryAfter, RandomNumberGenerator.GetInt32(1001) / 1000.0);
        var next = WebhookSchedule.Next(started, now, pause, settings.Value.GiveUpAfter);
        // One that nobody wants any more is kept for the day on which somebody does.
        return new Undelivered(one, one.Attempts + 1, attempt, started, attempt.Gone ? now : next);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The webhook {WebhookId} is paused: {Reason}")]
    private partial void Paused(Guid webhookId, WebhookPauseReason reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The signing secret of the webhook {WebhookId} cannot be read: its key is not in Webhooks:Keys; nothing is sent")]
    private partial void Unreadable(Guid webhookId);
}
