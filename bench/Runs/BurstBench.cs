using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Jiceng.Bench.Load;
using Jiceng.Cli.Demo;
using Jiceng.Cli.Import;
using Jiceng.Cli.Running;
using Jiceng.Grid.V1;

namespace Jiceng.Bench.Runs;

/// <summary>A burst of ten times the suite's capacity: how calls are refused, and how fast the suite recovers.</summary>
internal static class BurstBench
{
    private const int Count = 64;
    private const int Times = 10;
    private const int AimSeconds = 5;
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(20);
    // Callers give up after this time.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    public static async Task<BenchResult> RunAsync(BenchSetting setting)
    {
        var screen = setting.Screen;
        var result = new BenchResult
        {
            Name = "burst",
            Work = $"ReportCase at half the peak rate for {Before.TotalSeconds:0} s, {Times} times as many for {Length.TotalSeconds:0} s, then as before for {Length.TotalSeconds:0} s. "
                + $"{Count} callers with a connection each, who wait {Deadline.TotalSeconds:0} s.",
            Plot = new Plot("burst: calls by the second in which they came", "second", "calls, or ms"),
        };
        await using var suite = await PrivateSuite.StartAsync(screen, new Variant { Configuration = "release" }, setting.Token);
        var places = SampleCounty.Load(suite.Installation.Workspace.Root);
        await screen.StepAsync("Importing the places of a county", report => NodeImport.SendAsync(
            suite.Gateway, suite.Gateway.As("county_organizer", [SampleCounty.Code]), places, new ImportNodesOptions { AllOrNothing = true }, report, setting.Token));
        var pairs = CasePair.Of(suite, places, Count);
        var channels = pairs.ConvertAll(_ => GrpcChannel.ForAddress(suite.Installation.GatewayAddress));
        try
        {
            var clients = channels.ConvertAll(channel => new CaseService.CaseServiceClient(channel));
            await screen.StepAsync("Warming up", report => Callers.WarmUpAsync(async () => (await ClosedAsync(Callers.Round)).Rate, report));
            var peak = await screen.StepAsync("Peak", _ => ClosedAsync(setting.Duration));
            var sustained = peak.Rate / 2;
            // Memory in use right after the burst belongs to the burst; only what stays is of interest.
            await Task.Delay(TimeSpan.FromSeconds(2), setting.Token);

            var timeline = new Timeline();
            using var load = new WireLoad([new(sustained, Before), new(sustained * Times, Length), new(sustained, Length)], timeline, Count, Caller);
            var meter = ProcessMeter.Start(suite.Processes());
            var phases = await screen.StepAsync("Before, burst, after", _ => load.RunAsync(setting.Token));
            result.Add("all of it", meter.Stop());

            result.Add("peak, closed loop", peak);
            foreach (var (name, phase) in ((string[])["before", "burst", "after"]).Zip(phases)) result.Add(name, phase.Measurement);
            Conclude(result, timeline.Seconds(), phases, peak, sustained * Times);
            return result;

            Task<Measurement> ClosedAsync(TimeSpan duration) => Callers.ClosedAsync(Count, TimeSpan.Zero, duration,
                async (caller, _) => await clients[caller].ReportCaseAsync(Report(caller), pairs[caller].Worker), setting.Token);

            WireCaller Caller(int number, Action<WireCall, string?> ended)
            {
                var gateway = new Uri(suite.Installation.GatewayAddress);
                var headers = HeaderBlock.Of((":method", "POST"), (":scheme", gateway.Scheme), (":path", "/jiceng.grid.v1.CaseService/ReportCase"), (":authority", gateway.Authority),
                    ("content-type", "application/grpc"), ("te", "trailers"), ("grpc-timeout", $"{Deadline.TotalSeconds:0}S"), ("authorization", pairs[number].Worker.Headers!.GetValue("authorization")!));
                return new WireCaller(new IPEndPoint(IPAddress.Parse(gateway.Host), gateway.Port), headers, () => Report(number).ToByteArray(), Deadline, ended);
            }

            ReportCaseRequest Report(int caller) => new()
            {
                NodeCode = pairs[caller].Node,
                Category = "facilities.lamp",
                Description = "村口路灯不亮，已有三天，老人夜间出行不便。",
                RequestId = suite.Gateway.RequestId(),
            };
        }
        finally
        {
            foreach (var channel in channels) channel.Dispose();
        }
    }

    private static void Conclude(BenchResult result, IReadOnlyList<(int Second, Measurement Measurement)> seconds, IReadOnlyList<PhaseResult> phases, Measurement peak, double wanted)
    {
        const string Refused = nameof(StatusCode.ResourceExhausted);
        var end = (int)(Before + Length).TotalSeconds;
        var measured = phases.Select(phase => phase.Measurement).ToList();
        var usual = measured[0].Latencies.Milliseconds(0.95);
        // Recovered from the first second after which no call fails and the 95th percentile stays within twice the baseline.
        var good = seconds.Where(second => second.Second >= end).Reverse()
            .TakeWhile(second => second.Measurement.Failed == 0 && second.Measurement.Latencies.Milliseconds(0.95) <= 2 * usual).Select(second => second.Second).LastOrDefault(end + (int)Length.TotalSeconds);
        result.Figures.Add(Figure.AtMost("calls that failed otherwise than by RESOURCE_EXHAUSTED", measured.Sum(OtherFailures), "", 0));
        result.Figures.Add(Figure.AtMost("RESOURCE_EXHAUSTED without RetryInfo", measured.Sum(phase => phase.Errors.GetValueOrDefault(WireCaller.WithoutRetryInfo)), "", 0));
        result.Figures.Add(Figure.AtMost("seconds until p95 was within twice that of before", good - end, "s", AimSeconds));
        result.Figures.Add(new Figure("offered during the burst", phases[1].Offered, "/s") { Limit = "meant to be", LimitValue = wanted });
        result.Figures.Add(new Figure("accepted during the burst", measured[1].Rate, "/s") { Limit = "peak, closed loop", LimitValue = peak.Rate });
        result.Figures.Add(new Figure("calls refused by RESOURCE_EXHAUSTED", measured.Sum(phase => phase.Errors.GetValueOrDefault(Refused)), ""));
        result.Plot.Add("accepted", seconds.Select(second => ((double)second.Second, second.Measurement.Rate)));
        result.Plot.Add("refused", seconds.Select(second => ((double)second.Second, (double)second.Measurement.Errors.GetValueOrDefault(Refused))));
        result.Plot.Add("failed otherwise", seconds.Select(second => ((double)second.Second, (double)OtherFailures(second.Measurement))));
        result.Plot.Add("p95 of the accepted, ms", seconds.Select(second => ((double)second.Second, second.Measurement.Latencies.Milliseconds(0.95))));
    }

    private static long OtherFailures(Measurement measured) =>
        measured.Failed - measured.Errors.GetValueOrDefault(nameof(StatusCode.ResourceExhausted)) - measured.Errors.GetValueOrDefault(WireCaller.WithoutRetryInfo);
}
