using System.Globalization;
using Jiceng.Bench.Load;
using Jiceng.Cli;
using Jiceng.Cli.Processes;
using Jiceng.Cli.Running;
using Jiceng.TestSupport;

namespace Jiceng.Bench.Runs;

/// <summary>An idle service: memory, and time until it is ready.</summary>
internal static class IdleBench
{
    private const int Rounds = 3;
    private const double AimMegabytes = 120;
    private const double AimSeconds = 2;
    private const string Echo = "echo";
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task<BenchResult> RunAsync(BenchSetting setting)
    {
        var screen = setting.Screen;
        var result = new BenchResult
        {
            Name = "idle",
            Work = $"Each service started alone next to an idle suite, {Rounds} times: from the start of the process until /readyz answers, and resident memory after {Rest.TotalSeconds:0} s without calls. The median counts.",
            Plot = new Plot("idle: resident memory", "", "MB"),
        };
        await using var suite = await PrivateSuite.StartAsync(screen, new Variant { Configuration = "release" }, setting.Token);
        var found = new List<Start>();
        for (var round = 1; round <= Rounds; round++)
            found.AddRange(await screen.StepAsync($"Starts, round {round} of {Rounds}", report => RoundAsync(suite, report, setting.Token)));

        var medians = found.GroupBy(start => start.Name).Select(starts => new Start(starts.Key, Median(starts.Select(start => start.Seconds)), Median(starts.Select(start => start.Megabytes)))).ToList();
        var bare = medians.Single(start => start.Name == Echo);
        foreach (var (name, seconds, megabytes) in medians.Where(start => start.Name != Echo))
        {
            result.Figures.Add(Figure.AtMost($"{name}: resident memory", megabytes, "MB", AimMegabytes) with { Limit = "bare gRPC server", LimitValue = bare.Megabytes });
            result.Figures.Add(Figure.AtMost($"{name}: ready", seconds, "s", AimSeconds) with { Limit = "bare gRPC server", LimitValue = bare.Seconds });
            result.Plot.Bar(name, megabytes);
        }

        result.Plot.Bar("bare gRPC server", bare.Megabytes);
        return result;
    }

    private static async Task<IReadOnlyList<Start>> RoundAsync(PrivateSuite suite, Action<string> report, CancellationToken cancellationToken)
    {
        using var ports = PortBlock.Claim();
        var records = new ProcessRecords(Directory.CreateDirectory(Path.Combine(suite.Folder, "idle")).FullName);
        var children = new List<Child>();
        var ready = new Dictionary<string, double>();
        try
        {
            var port = ports.First;
            foreach (var app in suite.Installation.Apps)
            {
                var settings = suite.Installation.SettingsOf(app, app.Sidecar is null ? null : suite.Database(app.Id));
                foreach (var endpoint in settings.Keys.Where(key => key.StartsWith("Endpoints__", StringComparison.Ordinal)).ToList())
                    settings[endpoint] = string.Create(CultureInfo.InvariantCulture, $"{new Uri(settings[endpoint]).Scheme}://127.0.0.1:{port++}");
                await StartAsync(new ChildSpec(app.Name, app.Command, app.Folder, settings), settings["Endpoints__Http"]);
            }

            string[] echo = ["dotnet", typeof(IdleBench).Assembly.Location, "echo", Local(port), Local(port + 1)];
            await StartAsync(new ChildSpec(Echo, echo, "/", new Dictionary<string, string>()), Local(port + 1));
            report("all ready, waiting");
            await Task.Delay(Rest, cancellationToken);
            var uses = ProcessMeter.Start(records.Read()).Stop().ToDictionary(use => use.Name, use => use.ResidentBytes / 1024.0 / 1024.0);
            return [.. ready.Select(start => new Start(start.Key, start.Value, uses[start.Key]))];
        }
        finally
        {
            foreach (var child in children) await child.StopAsync(TimeSpan.FromSeconds(10), records);
        }

        async Task StartAsync(ChildSpec spec, string at)
        {
            report($"starting {spec.Name}");
            var start = TimeProvider.System.GetTimestamp();
            children.Add(await Child.StartAsync(spec, suite.Installation.Workspace.Log($"idle-{spec.Name}"), records));
            while (!await Suite.AnswersAsync($"{at}/readyz", cancellationToken))
            {
                if (TimeProvider.System.GetElapsedTime(start) > Patience) throw new CliException($"{spec.Name} was not ready within {Patience.TotalSeconds:0} s.");
                await Task.Delay(5, cancellationToken);
            }

            ready[spec.Name] = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        }

        static string Local(int port) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(Rounds / 2);

    private sealed record Start(string Name, double Seconds, double Megabytes);
}
