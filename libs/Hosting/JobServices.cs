using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Jiceng.Hosting;

/// <summary>What every <see cref="PeriodicJob"/> needs: the clock, logs and metrics.</summary>
public sealed class JobServices
{
    internal static readonly ActivitySource Activities = new("Jiceng.Hosting");
    private readonly ConcurrentDictionary<string, DateTimeOffset> _successes = new(StringComparer.Ordinal);

    /// <summary>One for all jobs of a process.</summary>
    public JobServices(TimeProvider time, IMeterFactory meters, ILoggerFactory loggers)
    {
        (Time, Loggers) = (time, loggers);
        var meter = meters.Create("Jiceng.Hosting");
        meter.CreateObservableGauge("jiceng.job.last_success", Successes, "s", "Unix time of the last round of a background job that succeeded, or of its start");
        ItemsFailed = meter.CreateCounter<long>("jiceng.job.items_failed", "{item}", "Items that a background job could not process and set aside");
    }

    internal TimeProvider Time { get; }

    internal ILoggerFactory Loggers { get; }

    internal Counter<long> ItemsFailed { get; }

    internal static KeyValuePair<string, object?> Tag(string job) => new("jiceng.job.name", job);

    internal void Succeeded(string job) => _successes[job] = Time.GetUtcNow();

    private IEnumerable<Measurement<double>> Successes() =>
        _successes.Select(success => new Measurement<double>(success.Value.ToUnixTimeMilliseconds() / 1000.0, Tag(success.Key)));
}
