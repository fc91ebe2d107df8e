using System.Globalization;
using Jiceng.Cli;
using Jiceng.Cli.Commands;
using Jiceng.Cli.Running;
using Spectre.Console;

namespace Jiceng.Bench.Inputs;

/// <summary>
/// Sends invalid input to a private suite and checks that it stays healthy: clear errors, no dead process, no logged failure, bounded
/// memory, and stored texts unchanged to the byte.
/// </summary>
internal static class InputsRun
{
    private const int Batch = 1_000;

    /// <summary>One input in this many is an event.</summary>
    private const int EventEvery = 10;

    // Growth in MB.
    private const int MaxGrowthMegabytes = 550;
    private const int AfterMegabytes = 350;
    private const int Pings = 50;
    private static readonly TimeSpan LongestPing = TimeSpan.FromSeconds(3);

    public static async Task<int> RunAsync(Screen screen, InputsWanted wanted, CancellationToken cancellationToken)
    {
        var findings = await CheckAsync(screen, wanted, "release", brief: false, cancellationToken);
        return findings.Count == 0 ? Exit.Done : Exit.Failed;
    }

    /// <param name="screen">Shows progress and the table.</param>
    /// <param name="wanted">Number of inputs and seed.</param>
    /// <param name="configuration">debug or release.</param>
    /// <param name="brief">Uses the short form of the connection abuse.</param>
    /// <param name="cancellationToken">Cancels the run.</param>
    /// <returns>The findings.</returns>
    public static async Task<IReadOnlyList<string>> CheckAsync(Screen screen, InputsWanted wanted, string configuration, bool brief, CancellationToken cancellationToken)
    {
        // Rate limits would reject most inputs before validation; they have separate tests.
        string[] limited =
        [
            "CallsPerSecond", "CallBurst", "Stream__CallsPerSecond", "Stream__CallBurst", "Import__CallsPerSecond", "Import__CallBurst",
            "CallerCallsAtOnce", "CallerStreams",
        ];
        var limits = limited.ToDictionary(limit => $"Limits__{limit}", _ => "100000");
        await using var suite = await PrivateSuite.StartAsync(screen, new Variant { Configuration = configuration, Settings = limits }, cancellationToken);
        var world = new InputWorld(suite);
        await screen.StepAsync("Creating a village, its people and cases", _ => world.MakeAsync(cancellationToken));
        var findings = new InputFindings(Path.Combine(suite.Folder, "inputs"));
        await using var watch = new SuiteWatch(suite);
        watch.Start();
        using var sender = new InputSender(suite, world, findings, wanted.Seed);

        var abuse = new ConnectionAbuse(suite, world, sender, findings, wanted, brief);
        await screen.StepAsync("Breaking connections", report => abuse.BreakAsync(report, cancellationToken));
        await screen.StepAsync($"Sending {wanted.Count:#,0} inputs of seed {wanted.Seed}, with slow and silent connections in parallel", report =>
            Task.WhenAll(SendAsync(sender, world, wanted, findings, report, cancellationToken), abuse.WaitAsync(cancellationToken)));
        await screen.StepAsync("Checking the suite", report => LookAsync(world, watch, findings, cancellationToken));

        abuse.Show(screen);
        Show(screen, watch);
        findings.Show(screen);
        screen.Line($"\n{findings.Answered:#,0} inputs to {findings.Methods} methods and the event endpoints, {findings.Compared:#,0} stored texts read back");
        if (findings.Total == 0)
        {
            screen.Good("Every answer was clear; no process died, no failure was logged, and no stored text changed.");
        }
        else
        {
            suite.KeepFolder = true;
            screen.Bad($"{findings.Total} findings; the inputs, logs and databases are kept in {suite.Folder}");
        }

        return [.. findings.Lines];
    }

    private static void Show(Screen screen, SuiteWatch watch)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("MB").AddColumn("before").AddColumn("most").AddColumn("after");
        foreach (var (name, before, most, after) in watch.Memory) table.AddRow([name, .. new[] { before, most, after }.Select(megabytes => megabytes.ToString(CultureInfo.InvariantCulture))]);
        screen.Console.Write(table);
    }

    private static async Task SendAsync(InputSender sender, InputWorld world, InputsWanted wanted, InputFindings findings, Action<string> report, CancellationToken token)
    {
        for (var first = 0; first < wanted.Count; first += Batch)
        {
            var known = await world.RenewAsync(token);
            var numbers = Enumerable.Range(first, Math.Min(Batch, wanted.Count - first)).ToList();
            // Sequential within a service, so that no other input changes a text before it is read back.
            var lanes = numbers.Where(number => number % EventEvery != 0).Select(number => InputGenerator.Make(wanted.Seed, number, known))
                .GroupBy(input => input.Method.Service.FullName).Select(lane => LaneAsync([.. lane]));
            var events = Task.Run(async () =>
            {
                foreach (var number in numbers.Where(number => number % EventEvery == 0)) await sender.SendAsync(EventInputs.Make(wanted.Seed, number, known), token);
            }, token);
            await Task.WhenAll([.. lanes, events]);
            report($"{findings.Answered:#,0} of {wanted.Count:#,0}, {findings.Total} findings");
        }

        async Task LaneAsync(IReadOnlyList<BadInput> lane)
        {
            await Task.Yield();
            foreach (var input in lane) await sender.SendAsync(input, token);
        }
    }

    private static async Task LookAsync(InputWorld world, SuiteWatch watch, InputFindings findings, CancellationToken token)
    {
        var slowest = TimeSpan.Zero;
        for (var i = 0; i < Pings; i++)
        {
            var start = TimeProvider.System.GetTimestamp();
            await world.PingAsync(token);
            var took = TimeProvider.System.GetElapsedTime(start);
            if (took > slowest) slowest = took;
        }

        if (slowest > LongestPing) findings.Add("slow", $"A call after the inputs took {slowest.TotalMilliseconds:0} ms.");
        foreach (var death in watch.Deaths()) findings.Add(death, death);
        foreach (var (name, before, most, after) in watch.Memory.Where(memory => SuiteWatch.Services.Contains(memory.Name)))
        {
            if (most > before + MaxGrowthMegabytes) findings.Add("memory", $"{name} held {most} MB, {before} before");
            if (after > before + AfterMegabytes) findings.Add("memory", $"{name} still holds {after} MB, {before} before");
        }

        foreach (var line in watch.Logs(world.Personal)) findings.Add(line[..Math.Min(60, line.Length)], line);
    }
}
