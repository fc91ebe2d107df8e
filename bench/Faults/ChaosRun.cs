using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Jiceng.Cli;
using Jiceng.Cli.Commands;
using Jiceng.Cli.Running;
using Jiceng.Scoring.V1;
using Spectre.Console;

namespace Jiceng.Bench.Faults;

/// <summary>One fault run: duration, seed of the faults, and size of the suite and the load.</summary>
internal sealed record ChaosPlan(int Seed, TimeSpan Duration)
{
    public string Configuration { get; init; } = "release";

    public int Teams { get; init; } = 8;

    /// <summary>Workers in each team. Enough to stay below the point limits: entries of 0 points prove less.</summary>
    public int Workers { get; init; } = 12;

    /// <summary>Whether to wait for messages that Redis redelivers after the processing timeout.</summary>
    public bool AwaitsBroker { get; init; } = true;

    /// <summary>Whether to dump, lose and restore the databases instead of injecting faults; the restored ones are then compared.</summary>
    public bool Restores { get; init; }
}

/// <summary>Result of a fault run.</summary>
/// <param name="Differences">Empty when the books agree.</param>
/// <param name="Evidence">Folder with logs, databases and books; kept only when the books differ.</param>
internal sealed record ChaosVerdict(IReadOnlyList<Difference> Differences, string? Evidence);

/// <summary>Injects faults into a suite under load, then compares the recorded answers with the stored data and its effects.</summary>
internal static class ChaosRun
{
    private static readonly TimeSpan Progress = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    // The feed replaces events lost by the broker; 3 s instead of a minute keeps the run short.
    private static readonly Dictionary<string, string> Settings = new() { ["Feeds__Interval"] = "00:00:03" };

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Task<int> RunAsync(Screen screen, ChaosWanted wanted, CancellationToken cancellationToken) =>
        ExitAsync(screen, new ChaosPlan(wanted.Seed, wanted.Duration), cancellationToken);

    public static Task<int> RunAsync(Screen screen, DrillWanted wanted, CancellationToken cancellationToken) =>
        ExitAsync(screen, new ChaosPlan(1, wanted.Duration) { Restores = true }, cancellationToken);

    private static async Task<int> ExitAsync(Screen screen, ChaosPlan plan, CancellationToken cancellationToken) =>
        (await RunAsync(screen, plan, cancellationToken)).Differences.Count == 0 ? Exit.Done : Exit.Failed;

    public static async Task<ChaosVerdict> RunAsync(Screen screen, ChaosPlan plan, CancellationToken cancellationToken)
    {
        IReadOnlyList<Fault> schedule = plan.Restores ? [] : FaultSchedule.Make(plan.Seed, plan.Duration);
        var variant = new Variant { Configuration = plan.Configuration, Replicas = plan.Restores ? 1 : 2, Settings = Settings };
        await using var suite = await PrivateSuite.StartAsync(screen, variant, cancellationToken);
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var leftovers = new Leftovers(suite);
        var watch = leftovers.WatchAsync(watching.Token);
        var recorded = new RecordedAnswers();
        var broker = new Broker(suite);
        var injector = new Injector(suite, broker, screen);
        var differences = new List<Difference>();
        Books books;
        try
        {
            var county = await screen.StepAsync("Setting up a township", report => ChaosCounty.PrepareAsync(suite, plan.Teams, plan.Workers, report, cancellationToken));
            screen.Line(string.Create(CultureInfo.InvariantCulture, $"Seed {plan.Seed}, {plan.Duration.TotalSeconds:0} s, {schedule.Count} faults, {plan.Teams} teams:"));
            await LoadAsync(suite, county, recorded, injector, schedule, plan, screen, cancellationToken);
            await WaitUntilIdleAsync();
            if (plan.Restores)
            {
                await RestoreAsync(suite, recorded, screen, cancellationToken);
                await WaitUntilIdleAsync();
            }

            books = await screen.StepAsync("Reading the books", _ => new StoredBooks(suite, cancellationToken).ReadAsync(recorded, county, [.. injector.Poison.Keys]));
            differences.AddRange(BookCheck.Compare(books));
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            suite.KeepFolder = true;
            screen.Bad($"The run was aborted. Logs and databases: {suite.Folder}");
            throw;
        }

        await screen.StepAsync("Stopping everything", _ => suite.StopAsync());
        await watching.CancelAsync();
        await watch;
        differences.AddRange(leftovers.Find().Select(found => new Difference("a process was left behind", found, "nothing", "running")));
        Show(screen, plan, schedule, recorded, books, leftovers);
        return await ConcludeAsync(screen, suite, plan, injector, books, differences);

        async Task WaitUntilIdleAsync()
        {
            var left = await screen.StepAsync("Waiting until the suite is idle", report =>
                new Quiescence(suite, broker, injector).AwaitAsync(plan.AwaitsBroker, Patience, report, cancellationToken));
            if (left is not null) differences.Add(new Difference("the suite did not become idle", $"after {Patience.TotalSeconds:0} s", "nothing pending", left));
        }
    }

    /// <summary>Dumps the databases that were not dumped under load, loses everything, and restores it.</summary>
    private static async Task RestoreAsync(PrivateSuite suite, RecordedAnswers recorded, Screen screen, CancellationToken cancellationToken)
    {
        var backup = new Backup(suite);
        var sizes = new StringBuilder();
        foreach (var (service, bytes) in await new DiskUsage(suite).ReadAsync(cancellationToken))
            sizes.Append(CultureInfo.InvariantCulture, $", {service} {bytes / 1024:#,0} kB");
        screen.Line(string.Create(CultureInfo.InvariantCulture, $"  {recorded.Cases.Count} cases{sizes}"));
        await screen.StepAsync("Dumping grid and cadre", _ => backup.DumpAsync(cancellationToken, "grid", "cadre"));
        await screen.StepAsync("Deleting PostgreSQL and Redis, restoring, and restarting", _ => suite.LoseDataAsync(backup.RestoreAsync, cancellationToken));
        await screen.StepAsync("Rebuilding the rankings", async _ => await suite.Gateway.Points.RebuildRankingAsync(
            new RebuildRankingRequest { RequestId = suite.Gateway.RequestId() }, suite.As("operator", "drill", [])));
        foreach (var (name, bytes) in backup.Files()) screen.Line(string.Create(CultureInfo.InvariantCulture, $"  dump of {name}: {bytes / 1024:#,0} kB"));
    }

    /// <summary>Runs load and faults in parallel. The load ends after the last fault, with no call unanswered.</summary>
    private static async Task LoadAsync(
        PrivateSuite suite, ChaosCounty county, RecordedAnswers recorded, Injector injector, IReadOnlyList<Fault> schedule, ChaosPlan plan, Screen screen, CancellationToken cancellationToken)
    {
        using var load = new CaseLoad(suite, county, recorded, plan.Seed);
        using var stop = new CancellationTokenSource();
        await using var progress = TimeProvider.System.CreateTimer(_ => screen.Line(Counts(recorded)), null, Progress, Progress);
        var loading = load.RunAsync(stop.Token, cancellationToken);
        try
        {
            await Task.WhenAll(injector.RunAsync(schedule, cancellationToken), Task.Delay(plan.Duration, TimeProvider.System, cancellationToken), DumpAsync());
        }
        finally
        {
            await stop.CancelAsync();
            await loading;
        }

        screen.Line(Counts(recorded));

        // Dumped under load: later changes exist only in grid and cadre, which are dumped at the end, and must be recovered from there.
        async Task DumpAsync()
        {
            if (!plan.Restores) return;
            await Task.Delay(plan.Duration / 2, TimeProvider.System, cancellationToken);
            await screen.StepAsync("Dumping scoring under load", _ => new Backup(suite).DumpAsync(cancellationToken, "scoring"));
        }
    }

    private static string Counts(RecordedAnswers recorded) => string.Create(
        CultureInfo.InvariantCulture, $"            {recorded.Calls.Count} calls answered, {recorded.Cases.Count} cases, {recorded.Repeats.Values.Sum()} attempts retried, {recorded.Refusals.Count} refused");

    private static void Show(Screen screen, ChaosPlan plan, IReadOnlyList<Fault> schedule, RecordedAnswers recorded, Books books, Leftovers leftovers)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("").AddColumn(new TableColumn("expected").RightAligned()).AddColumn(new TableColumn("found").RightAligned());
        Row("faults in the schedule", schedule.Count, null);
        Row("processes started", null, leftovers.Seen);
        Row("calls answered", recorded.Calls.Count, books.Answers.Count);
        Row("of these after a retry", recorded.Calls.Count(call => call.Attempts > 1), null);
        foreach (var (status, count) in recorded.Repeats.OrderBy(pair => pair.Key)) Row($"attempts that failed with {status}", count, null);
        Row("cases", books.ExpectedCases.Count, books.Cases.Count);
        Row("case steps", books.ExpectedCases.Sum(one => one.Verbs.Count), books.Steps.Count);
        Row("commendations", books.ExpectedCommendations.Count, books.Records.Count);
        Row("entries of the ledger", books.ExpectedCases.Sum(one => ExpectedPoints.Of(one).Count()) + books.ExpectedCommendations.Count, books.Ledger.Count);
        Row("entries in intact chains", books.Ledger.Count, books.VerifiedEntries);
        Row("dead letters", books.Poison.Count, books.DeadMessages.Count);
        Row("ranked", plan.Teams * plan.Workers, books.Ranking.Count);
        screen.Console.Write(table);

        void Row(string what, long? wanted, long? found) => table.AddRow(what, Text(wanted), Text(found));

        static string Text(long? number) => number?.ToString("#,0", CultureInfo.InvariantCulture) ?? "";
    }

    private static async Task<ChaosVerdict> ConcludeAsync(Screen screen, PrivateSuite suite, ChaosPlan plan, Injector injector, Books books, List<Difference> differences)
    {
        if (differences.Count == 0)
        {
            screen.Good("The books agree: nothing lost, nothing twice, nothing half done, chains intact, rankings equal to the ledger, statistics equal to the cases, no process left.");
            return new ChaosVerdict(differences, null);
        }

        const int MaxShown = 20;
        suite.KeepFolder = true;
        foreach (var one in differences.Take(MaxShown)) screen.Bad($"{one.Kind}: {one.Subject}: expected {one.Expected}; found {one.Found}");
        if (differences.Count > MaxShown) screen.Line($"  ... and {differences.Count - MaxShown} more");
        var file = Path.Combine(suite.Folder, "chaos.json");
        await using (var stream = File.Create(file))
            await JsonSerializer.SerializeAsync(stream, new { plan.Seed, Seconds = plan.Duration.TotalSeconds, Differences = differences, Done = injector.Log, Books = books }, Json);
        screen.Bad($"The books differ in {differences.Count} places. Evidence: {file}, with logs and databases in the same folder.");
        return new ChaosVerdict(differences, suite.Folder);
    }
}
