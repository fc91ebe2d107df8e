using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics;
using Jiceng.Domain;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Jiceng.Hosting;

/// <summary>How a round of a <see cref="PeriodicJob"/> ended.</summary>
public enum JobRound
{
    /// <summary>Nothing is left to do until the next round is due.</summary>
    Done,

    /// <summary>There is more to do: the next round follows at once.</summary>
    More,

    /// <summary>Nothing could be done, which the round has reported: the next one waits as after an exception.</summary>
    Failed,
}

/// <summary>
/// A background loop: a round at the start, then one each interval or when <see cref="Wake"/> is called. Nothing that a round throws ends
/// the loop or the process; while rounds fail, the pause between them doubles up to <see cref="LongestPause"/>.
/// </summary>
public abstract partial class PeriodicJob : BackgroundService
{
    // Spans of rounds that come more often than this would bury the others: such a round is a span only when it fails.
    private static readonly TimeSpan OftenInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan AsideTime = TimeSpan.FromMinutes(10);

    private readonly JobServices _services;
    private readonly WakeSignal _wake;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<object, DateTimeOffset> _aside = new();

    /// <summary>Makes a job that has not started.</summary>
    /// <param name="services">What all jobs share.</param>
    /// <param name="name">Name in spans, metrics and logs, for example <c>retention</c>.</param>
    /// <param name="interval">Time from the end of a round to the beginning of the next.</param>
    protected PeriodicJob(JobServices services, string name, TimeSpan interval)
    {
        (_services, Name, Interval) = (services, name, interval);
        _wake = new WakeSignal(services.Time);
        _logger = services.Loggers.CreateLogger(GetType());
    }

    /// <summary>Name in spans, metrics and logs.</summary>
    public string Name { get; }

    /// <summary>Time from the end of a round to the beginning of the next.</summary>
    protected TimeSpan Interval { get; }

    /// <summary>Whether the round under way was woken before its interval was over.</summary>
    protected bool Woken { get; private set; }

    /// <summary>Longest pause while rounds fail.</summary>
    protected virtual TimeSpan LongestPause => TimeSpan.FromSeconds(5);

    /// <summary>Shortest time between two rounds, so that one round serves many calls of <see cref="Wake"/>.</summary>
    protected virtual TimeSpan ShortestPause => TimeSpan.Zero;

    /// <summary>One round.</summary>
    protected abstract Task<JobRound> RunRoundAsync(CancellationToken cancellationToken);

    /// <summary>Begins the next round now, or as soon as the one under way is over. Does not shorten the pause after a failure.</summary>
    protected void Wake() => _wake.Set();

    /// <summary>
    /// Processes one item of a round. An item that fails is reported and set aside, and the round goes on; what says that a dependency is away
    /// is thrown, since the other items would fail too.
    /// </summary>
    /// <param name="key">Id of the item; without personal data, since it is logged.</param>
    /// <param name="process">What is done with it.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>Whether the item was processed.</returns>
    protected async Task<bool> TryItemAsync(object key, Func<CancellationToken, Task> process, CancellationToken cancellationToken)
    {
        try
        {
            await process(cancellationToken);
            _aside.TryRemove(key, out _);
            return true;
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested && !IsAway(failure))
        {
            _aside[key] = _services.Time.GetUtcNow() + AsideTime;
            _services.ItemsFailed.Add(1, JobServices.Tag(Name));
            Activity.Current?.AddException(failure);
            LogItemFailed(_logger, failure, key, Name);
            return false;
        }
    }

    /// <summary>Keys of the items that failed in the last ten minutes: leave them out, so that they do not fill every batch.</summary>
    protected IReadOnlyList<T> ItemsAside<T>()
    {
        foreach (var (key, end) in _aside)
        {
            if (end <= _services.Time.GetUtcNow()) _aside.TryRemove(key, out _);
        }

        return [.. _aside.Keys.OfType<T>()];
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A job that never succeeds is as old as the process.
        _services.Succeeded(Name);
        var failures = 0;
        while (true)
        {
            var began = _services.Time.GetUtcNow();
            var round = await TryRoundAsync(failures == 0, began, stoppingToken);
            if (round == JobRound.Failed)
            {
                await Task.Delay(Pause(++failures), _services.Time, stoppingToken);
                continue;
            }

            if (failures > 0) LogRecovered(_logger, Name, failures);
            failures = 0;
            _services.Succeeded(Name);
            if (round == JobRound.More) continue;
            var shortest = ShortestPause;
            if (shortest > TimeSpan.Zero) await Task.Delay(shortest, _services.Time, stoppingToken);
            Woken = await _wake.WaitAsync(Interval, stoppingToken);
        }
    }

    /// <summary>Whether a failure says that something the job depends on is away, as opposed to a fault of one item.</summary>
    private static bool IsAway(Exception failure) =>
        failure is ApiException { Reason.Kind: ErrorKind.Unavailable } or DbException { IsTransient: true };

    private async Task<JobRound> TryRoundAsync(bool isFirst, DateTimeOffset began, CancellationToken stoppingToken)
    {
        using var span = Interval >= OftenInterval ? JobServices.Activities.StartActivity($"job {Name}") : null;
        try
        {
            return await RunRoundAsync(stoppingToken);
        }
        catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
        {
            using var late = span is null ? JobServices.Activities.StartActivity($"job {Name}", ActivityKind.Internal, default(ActivityContext), startTime: began) : null;
            (span ?? late)?.SetStatus(ActivityStatusCode.Error, failure.GetType().Name);
            // Logged for the first failure in a row only; the metric shows how long it lasts.
            if (isFirst && failure is ApiException refused) LogPutOff(_logger, Name, refused.Message);
            else if (isFirst) LogFailed(_logger, failure, Name);
            return JobRound.Failed;
        }
    }

    private TimeSpan Pause(int failures)
    {
        var pause = FirstPause * (1 << Math.Min(failures - 1, 16));
        return pause < LongestPause ? pause : LongestPause;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The job {Job} is put off: {Problem}")]
    private static partial void LogPutOff(ILogger logger, string job, string problem);

    [LoggerMessage(Level = LogLevel.Error, Message = "The job {Job} failed; it keeps trying")]
    private static partial void LogFailed(ILogger logger, Exception failure, string job);

    [LoggerMessage(Level = LogLevel.Information, Message = "The job {Job} works again after {Failures} failed rounds")]
    private static partial void LogRecovered(ILogger logger, string job, int failures);

    [LoggerMessage(Level = LogLevel.Error, Message = "The item {Item} of the job {Job} could not be processed and is set aside")]
    private static partial void LogItemFailed(ILogger logger, Exception failure, object item, string job);
}
