using System.Globalization;
using Grpc.Net.Client;
using Jiceng.Bench.Load;
using Jiceng.Cli.Demo;
using Jiceng.Cli.Import;
using Jiceng.Cli.Running;
using Jiceng.Grid.V1;

namespace Jiceng.Bench.Runs;

/// <summary>Whole case lives: whether they slow down as more cases are stored.</summary>
internal static class LifecycleBench
{
    private const int Count = 50;
    private const double AimRatio = 0.9;
    private const double AimMilliseconds = 50;
    private static readonly long[] Stored = [0, 100_000, 1_000_000];

    public static async Task<BenchResult> RunAsync(BenchSetting setting)
    {
        var screen = setting.Screen;
        var result = new BenchResult
        {
            Name = "lifecycle",
            Work = $"report → accept → dispatch → start → finish → verify through the gateway, {Count} callers, on top of cases stored before; then at half of the rate reached.",
            Plot = new Plot("lifecycle: whole lives of cases per second", "cases stored", "/s"),
        };
        await using var suite = await PrivateSuite.StartAsync(screen, new Variant { Configuration = "release" }, setting.Token);
        var places = SampleCounty.Load(suite.Installation.Workspace.Root);
        await screen.StepAsync("Importing the places of a county", report => NodeImport.SendAsync(
            suite.Gateway, suite.Gateway.As("county_organizer", [SampleCounty.Code]), places, new ImportNodesOptions { AllOrNothing = true }, report, setting.Token));
        var pairs = CasePair.Of(suite, places, Count);
        var limits = new Limits(suite, setting);
        var (_, gateway) = await screen.StepAsync("Limit: echo through the gateway", _ => limits.EchoAsync(
            pairs.ConvertAll(pair => pair.Worker), new ReportCaseRequest { NodeCode = pairs[0].Node, Category = "facilities.lamp", Description = "村口路灯不亮，已有三天，老人夜间出行不便。" }));
        result.Add("echo, through the gateway", gateway);

        using var channel = GrpcChannel.ForAddress(suite.Installation.GatewayAddress);
        var client = new CaseService.CaseServiceClient(channel);
        var seed = new CaseSeed(suite);
        // Otherwise the first size runs on code that is not fully compiled, and the others look fast by comparison.
        await screen.StepAsync("Warming up", report => Callers.WarmUpAsync(async () => (await ClosedAsync(setting, TimeSpan.Zero, Callers.Round, suite, client, pairs)).Rate, report));
        var rates = new List<(double Stored, double Rate)>();
        for (var i = 0; i < Stored.Length; i++)
        {
            var stored = Stored[i].ToString("#,0", CultureInfo.InvariantCulture);
            if (i == 0) await seed.TidyAsync(setting.Token);
            else await screen.StepAsync($"Storing cases up to {stored}", report => seed.AddAsync(Stored[i - 1], Stored[i], report, setting.Token));
            var meter = ProcessMeter.Start(suite.Processes());
            var closed = await screen.StepAsync($"Running cases, {stored} stored", _ => ClosedAsync(setting, setting.WarmUp, setting.Duration, suite, client, pairs));
            result.Add($"closed loop, {stored} stored", meter.Stop());
            result.Add($"closed loop, {stored} stored: calls", closed);
            var rate = closed.Rate / CaseWalk.Verbs.Count;
            rates.Add((Stored[i], rate));
            result.Figures.Add(new Figure($"lives of cases, {stored} stored", rate, "/s") { Limit = "echo through the gateway / 6 calls", LimitValue = gateway.Rate / CaseWalk.Verbs.Count });
            await screen.StepAsync($"Running cases at half the rate, {stored} stored", _ => OpenAsync(setting, suite, client, pairs, rate / 2, stored, result));
        }

        result.Figures.Add(Figure.AtLeast("lives of cases, 1,000,000 stored", rates[^1].Rate, "/s", "the same with 0 stored", rates[0].Rate, AimRatio));
        result.Plot.Add("closed loop, 50 callers", rates);
        result.Plot.Add("echo / 6", (0, gateway.Rate / CaseWalk.Verbs.Count), (Stored[^1], gateway.Rate / CaseWalk.Verbs.Count));
        return result;
    }

    private static Task<Measurement> ClosedAsync(
        BenchSetting setting, TimeSpan warmUp, TimeSpan duration, PrivateSuite suite, CaseService.CaseServiceClient client, List<CasePair> pairs)
    {
        var walks = pairs.ConvertAll(pair => new CaseWalk(client, suite.Gateway.RequestId, pair));
        return Callers.ClosedAsync(Count, warmUp, duration, (caller, _) => walks[caller].StepAsync(), setting.Token);
    }

    /// <summary>
    /// Cases start at a fixed rate, and the calls of a case follow each other. Measures each verb and the slowest 95th percentile.
    /// </summary>
    private static async Task OpenAsync(
        BenchSetting setting, PrivateSuite suite, CaseService.CaseServiceClient client, List<CasePair> pairs, double rate, string stored, BenchResult result)
    {
        var verbs = CaseWalk.Verbs.Select(_ => new Latencies()).ToList();
        var lives = await Callers.OpenAsync(rate, setting.Duration, async (number, _) =>
        {
            var walk = new CaseWalk(client, suite.Gateway.RequestId, pairs[(int)(number % pairs.Count)]);
            foreach (var verb in verbs)
            {
                var start = TimeProvider.System.GetTimestamp();
                await walk.StepAsync();
                lock (verb) verb.Add(TimeProvider.System.GetElapsedTime(start));
            }
        }, setting.Token);
        foreach (var (name, verb) in CaseWalk.Verbs.Zip(verbs)) result.Add($"half the rate, {stored} stored: {name}", new Measurement(setting.Duration.TotalSeconds, verb, new Dictionary<string, long>()));
        result.Add($"half the rate, {stored} stored: whole lives", lives);
        var (slowest, at) = CaseWalk.Verbs.Zip(verbs).MaxBy(pair => pair.Second.Milliseconds(0.95));
        result.Figures.Add(Figure.AtMost($"p95 of the slowest call ({slowest}) at half the rate, {stored} stored", at.Milliseconds(0.95), "ms", AimMilliseconds));
    }
}
