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
    private readonly StreamBroker _broker;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _aborted = new();
    private readonly Channel<(StreamMessage Message, MessageHandler Handle)> _queue;
    private readonly List<Task> _loops = [];
    private readonly List<Task> _workers;

    public StreamConsumer(StreamBroker broker, TimeProvider time, ILogger logger)
    {
        (_broker, _time, _logger) = (broker, time, logger);
        _queue = Channel.CreateBounded<(StreamMessage, MessageHandler)>(broker.Settings.QueueDepth);
        _workers = [.. Enumerable.Range(0, broker.Settings.Concurrency).Select(_ => WorkAsync())];
    }

    public void Subscribe(string topic, MessageHandler handle)
    {
        _loops.Add(ReadLoopAsync(topic, handle));
        if (_broker.Settings.Redelivers) _loops.Add(ReclaimLoopAsync(topic, handle));
    }

    /// <summary>Stops reading, lets running handlers end for as long as the grace lasts; what has not begun stays pending in Redis.</summary>
    public async Task StopAsync(TimeSpan grace)
    {
        await _stopping.CancelAsync();
        _aborted.CancelAfter(grace);
        await Task.WhenAll([.. _loops, .. _workers]);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero);
        _stopping.Dispose();
        _aborted.Dispose();
    }

    private async Task ReadLoopAsync(string topic, MessageHandler handle)
    {
        RespConnection? reader = null;
        var failures = 0;
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                if (reader is null)
                {
                    reader = await _broker.OpenReaderAsync(_stopping.Token);
                    await _broker.EnsureGroupAsync(topic, _stopping.Token);
                }

                var messages = await _broker.ReadAsync(reader, topic, _stopping.Token);
                if (failures > 0) LogResumed(topic);
                failures = 0;
                foreach (var message in messages) await _queue.Writer.WriteAsync((message, handle), _stopping.Token);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
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
        using var timer = new PeriodicTimer(_broker.Settings.RedeliverInterval, _time);
        try
        {
            do
            {
                try
                {
                    await _broker.EnsureGroupAsync(topic, _stopping.Token);
                    while (await _broker.ClaimAsync(topic, _stopping.Token) is { Count: > 0 } messages)
                    {
                        LogReclaimed(topic, messages.Count);
                        foreach (var message in messages) await _queue.Writer.WriteAsync((message, handle), _stopping.Token);
                    }
                }
                catch (Exception e) when (e is RedisReplyException or RedisConnectionException)
                {
                    LogReclaimFailed(topic, e.Message);
                }
            }
            while (await timer.WaitForNextTickAsync(_stopping.Token));
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
            await foreach (var (message, handle) in _queue.Reader.ReadAllAsync(_stopping.Token))
            {
                if (_stopping.IsCancellationRequested) break;
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
        var started = _time.GetTimestamp();
        try
        {
            await handle(message, _stopping.Token, _aborted.Token);
        }
#pragma warning disable CA1031 // whatever the handler threw, the worker lives on
        catch (Exception e)
#pragma warning restore CA1031
        {
            var late = _broker.Settings.Redelivers && _time.GetElapsedTime(started) >= _broker.Settings.ProcessingTimeout;
            LogFailed(message.Topic, message.Id, late || _stopping.IsCancellationRequested ? "left pending" : "acknowledged", e.Message);
            if (late || _stopping.IsCancellationRequested) return;
        }

        try
        {
            await _broker.AcknowledgeAsync(message.Topic, message.Id, _aborted.Token);
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
            await Task.Delay(pause < LongestPause ? pause : LongestPause, _time, _stopping.Token);
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
