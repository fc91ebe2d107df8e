using System.Text.Json;
using Jiceng.Sidecar.Cel;
using Jiceng.Sidecar.Events;
using Jiceng.Sidecar.Publishing;
using Jiceng.Sidecar.Redis;
using Jiceng.Sidecar.Resilience;
using Jiceng.Sidecar.Telemetry;

namespace Jiceng.Sidecar.Subscriptions;

/// <summary>The app or a rule failed to handle the event.</summary>
internal sealed class DeliveryException(string message) : Exception(message);

/// <summary>Delivers the messages of a subscription to the app.</summary>
internal sealed partial class Delivery(
    Subscription subscription, Pubsub pubsub, AppChannel app, Publisher publisher, Tracing tracing, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan DeadLetterLimit = TimeSpan.FromSeconds(30);
    private readonly bool _raw = PublishMetadata.IsRawPayload(subscription.Metadata);

    public async Task HandleAsync(StreamMessage message, CancellationToken stopping, CancellationToken aborted)
    {
        // The dead-letter copy contains this too.
        var metadata = new Dictionary<string, string>(message.Metadata) { ["pubsubName"] = pubsub.Name };
        message = message with { Metadata = metadata };
        try
        {
            var body = _raw ? Envelope.AroundRawBytes(pubsub.Name, message.Topic, message.Data, time.GetUtcNow()) : message.Data;
            var cloudEvent = Envelope.Parse(body);
            if (Envelope.HasExpired(cloudEvent, time.GetUtcNow()))
            {
                await DropAsync(message, "it has expired", aborted);
            }
            else if (subscription.RouteFor(cloudEvent) is not { } route)
            {
                await DropAsync(message, "no route matches", aborted);
            }
            else
            {
                await pubsub.Inbound.RunAsync(token => AttemptAsync(message, body, cloudEvent, route.Path, token, aborted), time, stopping, aborted);
            }
        }
        catch (Exception e) when (
            e is DeliveryException or StatusException or JsonException or CelEvaluationException or TimeoutException or BreakerOpenException
            && !stopping.IsCancellationRequested
            && subscription.DeadLetterTopic.Length > 0)
        {
            LogDeadLetter(message.Topic, message.Id, subscription.DeadLetterTopic, e.Message);
            await SendToDeadLetterAsync(message, aborted);
        }
    }

    private async Task AttemptAsync(
        StreamMessage message, byte[] body, JsonElement cloudEvent, string path, CancellationToken attempt, CancellationToken aborted)
    {
        var published = new TraceFields(TraceField("traceparent") ?? TraceField("traceid") ?? "", TraceField("tracestate") ?? "");
        using var step = tracing.Deliver(message.Topic, published);
        var reply = await PostAsync(message, body, path, step.Fields, attempt);
        var failure = Judge(reply, out var dropped);
        LogDelivered(message.Topic, message.Id, path, reply.Status);
        if (failure is not null)
        {
            step.Failed(failure.Message);
            throw failure;
        }

        if (dropped) await DropAsync(message, $"the app answered {reply.Status} or DROP", aborted);

        string? TraceField(string name) => Envelope.Field(cloudEvent, name) ?? message.Metadata.GetValueOrDefault(name);
    }

    private async Task<AppReply> PostAsync(StreamMessage message, byte[] body, string path, TraceFields trace, CancellationToken cancellationToken)
    {
        var headers = new Dictionary<string, string>(message.Metadata, StringComparer.OrdinalIgnoreCase) { ["traceparent"] = trace.Parent };
        if (trace.State.Length > 0) headers["tracestate"] = trace.State;
        try
        {
            return await app.PostAsync(path, body, MediaTypes.CloudEvent, headers, cancellationToken);
        }
        catch (HttpRequestException e)
        {
            throw new DeliveryException($"the app did not answer: {e.Message}");
        }
    }

    /// <summary>Interprets the app's response: null for success, otherwise the failure to retry.</summary>
    private static Exception? Judge(AppReply reply, out bool dropped)
    {
        dropped = reply.Status == 404;
        if (dropped) return null;
        if (reply.Status is < 200 or > 299) return new StatusException(reply.Status, $"the app answered {reply.Status}");
        var status = ReadStatus(reply.Body);
        dropped = status == "DROP";
        return status is "" or "SUCCESS" or "DROP" ? null : new DeliveryException(status == "RETRY" ? "the app answered RETRY" : "the app answered an unknown status");
    }

    private static string ReadStatus(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind != JsonValueKind.Object) return "";
            var status = document.RootElement.EnumerateObject().LastOrDefault(p => p.Name.Equals("status", StringComparison.OrdinalIgnoreCase)).Value;
            return status.ValueKind == JsonValueKind.String ? status.GetString()! : "";
        }
        catch (JsonException)
        {
            return "";
        }
    }

    private async Task DropAsync(StreamMessage message, string reason, CancellationToken aborted)
    {
        LogDropped(message.Topic, message.Id, subscription.DeadLetterTopic.Length > 0 ? "sent to " + subscription.DeadLetterTopic : "dropped", reason);
        if (subscription.DeadLetterTopic.Length > 0) await SendToDeadLetterAsync(message, aborted);
    }

    private async Task SendToDeadLetterAsync(StreamMessage message, CancellationToken aborted)
    {
        using var limit = new CancellationTokenSource(DeadLetterLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, aborted);
        try
        {
            await publisher.StoreAsync(pubsub, subscription.DeadLetterTopic, message.Data, message.Metadata, either.Token);
        }
        catch (ApiError e)
        {
            throw new DeliveryException($"the dead-letter topic {subscription.DeadLetterTopic} did not take it: {e.Message}");
        }
    }

    [LoggerMessage(LogLevel.Debug, "topic {Topic}: entry {Id} delivered to {Path}, status {Status}")]
    private partial void LogDelivered(string topic, string id, string path, int status);

    [LoggerMessage(LogLevel.Warning, "topic {Topic}: entry {Id} is {Outcome}: {Reason}")]
    private partial void LogDropped(string topic, string id, string outcome, string reason);

    [LoggerMessage(LogLevel.Error, "topic {Topic}: entry {Id} goes to the dead-letter topic {DeadLetterTopic}: {Reason}")]
    private partial void LogDeadLetter(string topic, string id, string deadLetterTopic, string reason);
}
