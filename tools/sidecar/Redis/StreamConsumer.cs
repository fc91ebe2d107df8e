using System.Threading.Channels;

namespace Jiceng.Sidecar.Redis;

/// <summary>Handles one message; failing means throwing. The tokens say: begin nothing new; give up at once.</summary>
internal delegate Task MessageHandler(StreamMessage message, CancellationToken stopping, CancellationToken aborted);

/// <summary>
/// The workers of one component: every topic has a loop that reads and a loop that reclaims, all topics share the queue and its workers.
/// A handled message is acknowledged, and so is a failed one, unless its time was over or the sidecar is stopping (daprd 1.17 and newer).
/// </summary>
internal sealed partial class StreamConsumer : IAsyncDisposable
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    private readonly StreamBroker broker;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly CancellationTokenSource stopping = new();
    private readonly CancellationTokenSource aborted = new();
    private readonly Channel<(StreamMessage Message, MessageHandler Handle)> queue;
    private readonly List<Task> loops = [];
    private readonly List<Task> workers;

    public StreamConsumer(StreamBroker broker, TimeProvider time, ILogger logger)
    {
        (this.broker, this.time, this.logger) = (broker, time, logger);
        queue = Channel.CreateBounded<(StreamMessage, MessageHandler)>(broker.Settings.QueueDepth);
        workers = [.. Enumerable.Range(0, broker.Settings.Concurrency).Select(_ => WorkAsync())];
    }

    public void Subscribe(string topic, MessageHandler handle)
    {
        loops.Add(ReadLoopAsync(topic, handle));
        if (broker.Settings.Redelivers) loops.Add(ReclaimLoopAsync(topic, handle));
    }

    /// <summary>Stops reading, lets running handlers end for as long as the grace lasts; what has not begun stays pending in Redis.</summary>
    public async Task StopAsync(TimeSpan grace)
    {
        await stopping.CancelAsync();
        aborted.CancelAfter(grace);
        await Task.WhenAll([.. loops, .. workers]);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero);
        stopping.Dispose();
        aborted.Dispose();
    }

    private async Task ReadLoopAsync(string topic, MessageHandler handle)
    {
        RespConnection? reader = null;
        var failures = 0;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                if (reader is null)
                {
                    reader = await broker.OpenReaderAsync(stopping.Token);
                    await broker.EnsureGroupAsync(topic, stopping.Token);
                }

                var messages = await broker.ReadAsync(reader, topic, stopping.Token);
                if (failures > 0) LogResumed(topic);
                failures = 0;
                foreach (var message in messages) await queue.Writer.WriteAsync((message, handle), stopping.Token);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e) when (e is RedisReplyException or RedisConnectionException)
            {
                // A new connection begins by making the group again: NOGROUP after FLUSHALL ends here too.
                if (reader is not null) await reader.DisposeAsync();
                reader = null;
                if (failures++ == 0) LogReadFailed(topic, e.Message);
                await PauseAsync(failures);
            }
        }

        if (reader is not null) await reader.DisposeAsync();
    }

    private async Task ReclaimLoopAsync(string topic, MessageHandler handle)
    {
        using var timer = new PeriodicTimer(broker.Settings.RedeliverInterval, time);
        try
        {
            do
            {
                try
                {
                    await broker.EnsureGroupAsync(topic, stopping.Token);
                    while (await broker.ClaimAsync(topic, stopping.Token) is { Count: > 0 } messages)
                    {
                        LogReclaimed(topic, messages.Count);
                        foreach (var message in messages) await queue.Writer.WriteAsync((message, handle), stopping.Token);
                    }
                }
                catch (Exception e) when (e is RedisReplyException or RedisConnectionException)
                {
                    LogReclaimFailed(topic, e.Message);
                }
            }
            while (await timer.WaitForNextTickAsync(stopping.Token));
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private async Task WorkAsync()
    {
        try
        {
            await foreach (var (message, handle) in queue.Reader.ReadAllAsync(stopping.Token))
            {
                if (stopping.IsCancellationRequested) break;
                await ProcessAsync(message, handle);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private async Task ProcessAsync(StreamMessage message, MessageHandler handle)
    {
        var started = time.GetTimestamp();
        try
        {
            await handle(message, stopping.Token, aborted.Token);
        }
#pragma warning disable CA1031 // whatever the handler threw, the worker lives on
        catch (Exception e)
#pragma warning restore CA1031
        {
            var late = broker.Settings.Redelivers && time.GetElapsedTime(started) >= broker.Settings.ProcessingTimeout;
            LogFailed(message.Topic, message.Id, late || stopping.IsCancellationRequested ? "left pending" : "acknowledged", e.Message);
            if (late || stopping.IsCancellationRequested) return;
        }

        try
        {
            await broker.AcknowledgeAsync(message.Topic, message.Id, aborted.Token);
        }
        catch (Exception e) when (e is RedisReplyException or RedisConnectionException or OperationCanceledException)
        {
            LogNotAcknowledged(message.Topic, message.Id, e.Message);
        }
    }

    private async Task PauseAsync(int failures)
    {
        var pause = TimeSpan.FromMilliseconds(50 * Math.Pow(2, Math.Min(failures - 1, 10)));
        try
        {
            await Task.Delay(pause < LongestPause ? pause : LongestPause, time, stopping.Token);
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    [LoggerMessage(LogLevel.Warning, "reading topic {Topic} failed, trying again until it works: {Reason}")]
    private partial void LogReadFailed(string topic, string reason);

    [LoggerMessage(LogLevel.Information, "reading topic {Topic} works again")]
    private partial void LogResumed(string topic);

    [LoggerMessage(LogLevel.Information, "topic {Topic}: {Count} entries were not acknowledged in time and are delivered again")]
    private partial void LogReclaimed(string topic, int count);

    [LoggerMessage(LogLevel.Warning, "topic {Topic}: looking for unacknowledged entries failed: {Reason}")]
    private partial void LogReclaimFailed(string topic, string reason);

    [LoggerMessage(LogLevel.Error, "topic {Topic}: entry {Id} failed and is {Outcome}: {Reason}")]
    private partial void LogFailed(string topic, string id, string outcome, string reason);

    [LoggerMessage(LogLevel.Warning, "topic {Topic}: entry {Id} could not be acknowledged and will come again: {Reason}")]
    private partial void LogNotAcknowledged(string topic, string id, string reason);
}
