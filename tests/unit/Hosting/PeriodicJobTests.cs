using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Threading.Channels;
using Jiceng.Domain;
using Jiceng.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Hosting;

public sealed class PeriodicJobTests : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);
    private readonly PausedTime _time = new();
    private readonly Lines _lines = new();
    private readonly IHost _host;
    private readonly SampleJob _job;

    public PeriodicJobTests()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.AddProvider(_lines);
        builder.Services.AddMetrics();
        builder.Services.AddSingleton<TimeProvider>(_time);
        builder.Services.AddSingleton<JobServices>();
        builder.Services.AddSingleton<SampleJob>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<SampleJob>());
        _host = builder.Build();
        _job = _host.Services.GetRequiredService<SampleJob>();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None);
        _host.Dispose();
    }

    [Fact]
    public async Task Rounds_Succeeding_ComeAtTheStartAndEachInterval()
    {
        await _host.StartAsync(Stop);
        (await _time.NextPauseAsync()).ShouldBe(Interval);
        _job.Rounds.ShouldBe(1);
        _time.Advance(Interval - TimeSpan.FromMilliseconds(1));
        _job.Rounds.ShouldBe(1);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        (await _time.NextPauseAsync()).ShouldBe(Interval);
        _job.Rounds.ShouldBe(2);
    }

    [Fact]
    public async Task Rounds_Throwing_BackOffToALimitAndAreLoggedOnce()
    {
        _job.Round = _ => throw new InvalidOperationException("broken");
        await _host.StartAsync(Stop);
        foreach (var milliseconds in (int[])[250, 500, 1000, 2000, 4000, 5000, 5000])
        {
            (await _time.NextPauseAsync()).ShouldBe(TimeSpan.FromMilliseconds(milliseconds));
            if (milliseconds == 5000) _job.Round = _ => Task.FromResult(JobRound.Failed);
            _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
        }

        _lines.Of(LogLevel.Error).ShouldHaveSingleItem().ShouldBe("The job sample failed; it keeps trying");
        _host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested.ShouldBeFalse();
        (await _time.NextPauseAsync()).ShouldBe(TimeSpan.FromSeconds(5));
        _job.Round = _ => Task.FromResult(JobRound.Done);
        _time.Advance(TimeSpan.FromSeconds(5));
        (await _time.NextPauseAsync()).ShouldBe(Interval);
        _lines.Of(LogLevel.Information).ShouldContain("The job sample works again after 8 failed rounds");
        _job.Round = _ => throw new InvalidOperationException("broken");
        _time.Advance(Interval);
        (await _time.NextPauseAsync()).ShouldBe(TimeSpan.FromMilliseconds(250));
    }

    [Fact]
    public async Task Round_WithMoreToDo_IsFollowedAtOnce()
    {
        _job.Round = round => Task.FromResult(round < 4 ? JobRound.More : JobRound.Done);
        await _host.StartAsync(Stop);
        (await _time.NextPauseAsync()).ShouldBe(Interval);
        _job.Rounds.ShouldBe(4);
    }

    [Fact]
    public async Task Wake_BetweenRounds_BeginsTheNextAtOnce_AndIsNotLostDuringARound()
    {
        await _host.StartAsync(Stop);
        await _time.NextPauseAsync();
        _job.Round = round =>
        {
            if (round == 2) _job.WakeUp();
            return Task.FromResult(JobRound.Done);
        };
        _job.WakeUp();
        await _time.NextPauseAsync();
        await _time.NextPauseAsync();
        _job.Rounds.ShouldBe(3);
    }

    [Fact]
    public async Task Wake_WhileRoundsFail_DoesNotShortenThePause()
    {
        _job.Round = _ => Task.FromResult(JobRound.Failed);
        await _host.StartAsync(Stop);
        await _time.NextPauseAsync();
        _job.WakeUp();
        _time.Advance(TimeSpan.FromMilliseconds(249));
        _job.Rounds.ShouldBe(1);
    }

    [Fact]
    public async Task LastSuccess_IsTheStart_ThenTheLastRoundThatSucceeded()
    {
        using var gauge = new Reading<double>(_host, "jiceng.job.last_success");
        var start = _time.GetUtcNow();
        _job.Round = round => Task.FromResult(round == 2 ? JobRound.Done : JobRound.Failed);
        await _host.StartAsync(Stop);
        await _time.NextPauseAsync();
        gauge.Read().ShouldBe([("sample", start.ToUnixTimeSeconds())]);
        _time.Advance(TimeSpan.FromSeconds(1));
        await _time.NextPauseAsync();
        gauge.Read().ShouldBe([("sample", start.ToUnixTimeSeconds() + 1)]);
        _time.Advance(Interval);
        await _time.NextPauseAsync();
        gauge.Read().ShouldBe([("sample", start.ToUnixTimeSeconds() + 1)]);
    }

    [Fact]
    public async Task Item_ThatThrows_IsReportedAndSetAsideForAWhile_AndTheOthersAreProcessed()
    {
        using var failed = new Reading<long>(_host, "jiceng.job.items_failed");
        List<int> processed = [];
        _job.Round = async _ =>
        {
            foreach (var item in Enumerable.Range(1, 3))
            {
                await _job.TryAsync(item, () =>
                {
                    if (item == 2) throw new FormatException();
                    processed.Add(item);
                });
            }

            return JobRound.Done;
        };
        await _host.StartAsync(Stop);
        await _time.NextPauseAsync();
        processed.ShouldBe([1, 3]);
        _lines.Of(LogLevel.Error).ShouldHaveSingleItem().ShouldBe("The item 2 of the job sample could not be processed and is set aside");
        failed.Read().ShouldBe([("sample", 1)]);
        _job.Aside.ShouldBe([2]);
        _job.Round = _ => Task.FromResult(JobRound.Done);
        _time.Advance(TimeSpan.FromMinutes(10));
        _job.Aside.ShouldBeEmpty();
    }

    [Fact]
    public async Task Item_WhoseDependencyIsAway_FailsTheRoundAndIsNotSetAside()
    {
        _job.Round = async _ =>
        {
            await _job.TryAsync(1, () => throw CommonErrors.DependencyUnavailable.With(("dependency", "PostgreSQL")));
            return JobRound.Done;
        };
        await _host.StartAsync(Stop);
        (await _time.NextPauseAsync()).ShouldBe(TimeSpan.FromMilliseconds(250));
        _job.Aside.ShouldBeEmpty();
        _lines.Of(LogLevel.Warning).ShouldHaveSingleItem().ShouldStartWith("The job sample is put off: ");
    }

    [Fact]
    public async Task Stop_DuringAPauseOrARound_EndsTheJob()
    {
        await _host.StartAsync(Stop);
        await _time.NextPauseAsync();
        await _host.StopAsync(Stop);
        _job.ExecuteTask!.IsCompleted.ShouldBeTrue();
        _lines.Of(LogLevel.Error).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(30, JobRound.Done, true)]
    [InlineData(1, JobRound.Done, false)]
    public async Task Round_IsASpan_UnlessItComesOften(int seconds, JobRound round, bool expected)
    {
        var spans = new ConcurrentQueue<string>();
        using var listener = Listen(spans);
        using var job = new SampleJob(_host.Services.GetRequiredService<JobServices>(), $"often-{seconds}", TimeSpan.FromSeconds(seconds)) { Round = _ => Task.FromResult(round) };
        await job.StartAsync(Stop);
        await _time.NextPauseAsync();
        spans.Contains($"job often-{seconds} Unset").ShouldBe(expected);
        await job.StopAsync(Stop);
    }

    [Fact]
    public async Task Round_ThatThrows_IsASpanHoweverOftenItComes()
    {
        var spans = new ConcurrentQueue<string>();
        using var listener = Listen(spans);
        using var job = new SampleJob(_host.Services.GetRequiredService<JobServices>(), "broken", TimeSpan.FromSeconds(1)) { Round = _ => throw new FormatException() };
        await job.StartAsync(Stop);
        await _time.NextPauseAsync();
        spans.ShouldContain("job broken Error");
        await job.StopAsync(Stop);
    }

    private static ActivityListener Listen(ConcurrentQueue<string> spans)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Jiceng.Hosting",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span => spans.Enqueue($"{span.DisplayName} {span.Status}"),
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private sealed class SampleJob(JobServices services, string name, TimeSpan interval) : PeriodicJob(services, name, interval)
    {
        public SampleJob(JobServices services)
            : this(services, "sample", PeriodicJobTests.Interval)
        {
        }

        public Func<int, Task<JobRound>> Round { get; set; } = _ => Task.FromResult(JobRound.Done);

        public int Rounds { get; private set; }

        public IReadOnlyList<int> Aside => ItemsAside<int>();

        public void WakeUp() => Wake();

        public Task<bool> TryAsync(int item, Action process) => TryItemAsync(
            item,
            _ =>
            {
                process();
                return Task.CompletedTask;
            },
            CancellationToken.None);

        protected override Task<JobRound> RunRoundAsync(CancellationToken cancellationToken) => Round(++Rounds);
    }

    /// <summary>Says when the job waits, so that no test moves the clock before that.</summary>
    private sealed class PausedTime : FakeTimeProvider
    {
        private readonly Channel<TimeSpan> _pauses = Channel.CreateUnbounded<TimeSpan>();

        public async Task<TimeSpan> NextPauseAsync()
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(Stop);
            limit.CancelAfter(TimeSpan.FromSeconds(30));
            return await _pauses.Reader.ReadAsync(limit.Token);
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            _pauses.Writer.TryWrite(dueTime);
            return timer;
        }
    }

    private sealed class Reading<T> : IDisposable
        where T : struct
    {
        private readonly MeterListener _listener = new();
        private readonly List<(string Job, T Value)> _values = [];

        public Reading(IHost host, string instrument)
        {
            var factory = host.Services.GetRequiredService<IMeterFactory>();
            _listener.InstrumentPublished = (made, listener) =>
            {
                if (made.Name == instrument && made.Meter.Scope == factory) listener.EnableMeasurementEvents(made);
            };
            _listener.SetMeasurementEventCallback<T>((_, value, tags, _) =>
            {
                tags.Length.ShouldBe(1);
                tags[0].Key.ShouldBe("jiceng.job.name");
                _values.Add(((string)tags[0].Value!, value));
            });
            _listener.Start();
        }

        public List<(string Job, T Value)> Read()
        {
            _listener.RecordObservableInstruments();
            List<(string Job, T Value)> read = [.. _values];
            _values.Clear();
            return read;
        }

        public void Dispose() => _listener.Dispose();
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<(LogLevel Level, string Text)> _lines = new();

        public List<string> Of(LogLevel level) => [.. _lines.Where(line => line.Level == level).Select(line => line.Text)];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue((logLevel, formatter(state, exception)));

        public void Dispose()
        {
        }
    }
}
