using System.Collections.Immutable;
using System.Globalization;
using Jiceng.Domain;
using Jiceng.Grid;
using Jiceng.Grid.Statistics;
using Jiceng.Grid.Statistics.Domain;
using Jiceng.Hosting;
using Jiceng.Persistence;
using Jiceng.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Grid;

/// <summary>Statistics from counts equal those of the cases themselves, regardless of concurrent writes, folds and kills.</summary>
public sealed class CaseCountTests : IAsyncLifetime
{
    private static readonly string[][] Scopes =
    [
        ["140224"], ["14"], ["140224205"], ["140224206202"], ["140224205201001"], ["140224206", "140224205201"], ["11", "14", "62"],
    ];

    private ServiceRun? _run;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ServiceRun Run => _run ?? throw new InvalidOperationException("Not started.");

    private CaseCountStore Counts => Run.Services.GetRequiredService<CaseCountStore>();

    public async ValueTask InitializeAsync()
    {
        var more = new Dictionary<string, string?> { ["Grid:ScanInterval"] = "1.00:00:00" };
        _run = await ServiceRun.StartAsync("grid", builder => builder.AddGrid(), app => app.MapGrid(), Token, more);
        await Run.ColumnAsync("INSERT INTO node SELECT code, code, NULL, 1, now(), now() FROM unnest($1) AS code", [CaseLives.Nodes]);
    }

    public async ValueTask DisposeAsync()
    {
        if (_run is not null)
            await _run.DisposeAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Count_RandomLives_IsTheDirectCountAtEveryMoment(int seed)
    {
        var (lives, random) = (new CaseLives(Run, seed), new Random(seed));
        for (var round = 0; round < 6; round++)
        {
            for (var life = 0; life < 25; life++) await lives.LiveAsync(Token);
            for (var question = 0; question < 12; question++) await CheckAsync(random);
        }

        await FoldAllAsync();
        for (var question = 0; question < 40; question++) await CheckAsync(random);
        (await Counts.CompareAsync(Token)).ShouldBeEmpty();
        (await Run.ColumnAsync("SELECT DISTINCT place FROM case_count ORDER BY 1")).ShouldBe(["", "14", "1402", "140224", "140224-", "140224205", "140224206"]);
        (await Run.ColumnAsync("SELECT count(*) > 100 FROM case_count")).ShouldBe(["True"]);
        var today = ChinaTime.Day(TimeProvider.System.GetUtcNow());
        var overdue = await Run.ColumnAsync(
            "SELECT count(*) FROM grid_case WHERE handle_due < $1 AND (close_time IS NULL OR close_time >= $1) AND suspend_time IS NULL AND void_time IS NULL",
            ChinaTime.StartOf(today.AddDays(1)).UtcDateTime);
        overdue.ShouldNotBe(["0"]);
        overdue.ShouldBe([(await Counts.OverdueAsync(today, Token)).ToString(CultureInfo.InvariantCulture)]);
    }

    [Fact]
    public async Task Fold_FirstCase_IsCountedAtEveryLevel()
    {
        await FoldAllAsync();
        await new CaseLives(Run, 1).LiveAsync(Token);
        await FoldAllAsync();
        (await Run.ColumnAsync("SELECT place FROM case_count WHERE monthly AND NOT by_category AND reported = 1 ORDER BY 1")).Count.ShouldBe(CountedPlaces.Levels.Length);
        (await Counts.CompareAsync(Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Count_WhileSomeLevelsAreNotCounted_IsTheDirectCount()
    {
        var lives = new CaseLives(Run, 8);
        for (var life = 0; life < 60; life++) await lives.LiveAsync(Token);
        await FoldAllAsync();
        var random = new Random(8);
        await using (var connection = await Run.Source.OpenConnectionAsync(Token))
        {
            // The lock of the job of the service, which would count the levels again.
            await using var transaction = await connection.BeginTransactionAsync(Token);
            await using var locked = new NpgsqlCommand("SELECT pg_advisory_xact_lock(109330362692723)", connection, transaction);
            await locked.ExecuteNonQueryAsync(Token);
            foreach (var level in CountedPlaces.Levels)
            {
                await Run.ColumnAsync(
                    """
                    WITH level AS (DELETE FROM counted_level WHERE length = $1),
                    counts AS (DELETE FROM case_count WHERE length(place) = $1 OR $1 = 9 AND place LIKE '%-')
                    DELETE FROM case_hours WHERE length(place) = $1 OR $1 = 9 AND place LIKE '%-'
                    """,
                    level);
                for (var question = 0; question < 10; question++) await CheckAsync(random);
            }
        }

        await FoldAllAsync();
        (await Counts.CompareAsync(Token)).ShouldBeEmpty();
    }

    /// <summary>What the version before asks and does, while its replicas are replaced: it counts from the cases, and spoils no counts.</summary>
    [Fact]
    public async Task CountedPlace_OfTheVersionBefore_HoldsNothingAndRefusesRows()
    {
        (await Run.ColumnAsync("SELECT place, parent, split FROM counted_place WHERE place = ANY(ARRAY['', '14']) OR parent = ''")).ShouldBeEmpty();
        (await Should.ThrowAsync<PostgresException>(() => Run.ColumnAsync("INSERT INTO counted_place VALUES ('', NULL, 0, false) ON CONFLICT (place) DO NOTHING")))
            .SqlState.ShouldBe(PostgresErrorCodes.ObjectNotInPrerequisiteState);
    }

    [Fact]
    public async Task Fold_ManyWritersAndFoldersThatAreKilled_CountsEachChangeOnce()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var writers = Enumerable.Range(10, 4).Select(async seed =>
        {
            var lives = new CaseLives(Run, seed);
            for (var life = 0; life < 40; life++) await lives.LiveAsync(Token);
        }).ToList();
        List<Task> others = [FoldAsync(stop.Token), FoldAsync(stop.Token), KillAsync(stop.Token)];
        await Task.WhenAll(writers);
        await stop.CancelAsync();
        await Task.WhenAll(others);

        await FoldAllAsync();
        (await Counts.CompareAsync(Token)).ShouldBeEmpty();
        var random = new Random(3);
        for (var question = 0; question < 30; question++) await CheckAsync(random);
    }

    [Fact]
    public async Task Fold_CasesFromBeforeTheCounts_AreCounted()
    {
        foreach (var table in (string[])["grid_case", "case_step"]) await Run.ColumnAsync($"ALTER TABLE {table} DISABLE TRIGGER USER");
        var lives = new CaseLives(Run, 5);
        for (var life = 0; life < 60; life++) await lives.LiveAsync(Token);
        foreach (var table in (string[])["grid_case", "case_step"]) await Run.ColumnAsync($"ALTER TABLE {table} ENABLE TRIGGER USER");
        await Run.ColumnAsync("DELETE FROM case_count; DELETE FROM case_hours; DELETE FROM counted_level");
        var random = new Random(5);
        await CheckAsync(random);
        await FoldAllAsync();
        (await Counts.CompareAsync(Token)).ShouldBeEmpty();
        for (var question = 0; question < 20; question++) await CheckAsync(random);
    }

    [Fact]
    public async Task RebuildStatistics_CountsThatAreWrong_AreToldAndMadeAnew()
    {
        var lives = new CaseLives(Run, 7);
        for (var life = 0; life < 60; life++) await lives.LiveAsync(Token);
        await FoldAllAsync();
        var command = Run.Services.GetServices<IServiceCommand>().Single(command => command.Name == "rebuild-statistics");
        (await command.RunAsync(["--dry-run"], Token)).ShouldBe(ExitCode.Success);
        (await command.RunAsync(["--dryrun"], Token)).ShouldBe(ExitCode.Usage);

        await Run.ColumnAsync("UPDATE case_count SET reported = reported + 3 WHERE place = '14' AND monthly");
        await Run.ColumnAsync("DELETE FROM case_hours WHERE place = '140224' AND NOT monthly AND NOT by_category");
        var wrong = await Counts.CompareAsync(Token);
        wrong.ShouldContain(one => one.Place == "14" && one.What == (int)Counted.Reported && one.Monthly && one.Counted == one.Expected + 3);
        wrong.ShouldContain(one => one.Place == "140224" && one.What >= HandlingTime.FirstClass && one.Counted == 0);
        (await command.RunAsync(["--dry-run"], Token)).ShouldBe(ExitCode.Failure);
        (await command.RunAsync([], Token)).ShouldBe(ExitCode.Success);
        (await command.RunAsync(["--dry-run"], Token)).ShouldBe(ExitCode.Success);
        var random = new Random(7);
        for (var question = 0; question < 10; question++) await CheckAsync(random);
    }

    private async Task FoldAllAsync()
    {
        // The job of the service may hold the lock just now.
        var patience = TimeProvider.System.GetTimestamp();
        while (await Counts.FoldAsync(Token) || (await Counts.WaitingAsync(Token)).Changes > 0
            || (await Run.ColumnAsync("SELECT length FROM counted_level")).Count < CountedPlaces.Levels.Length)
        {
            TimeProvider.System.GetElapsedTime(patience).ShouldBeLessThan(TimeSpan.FromSeconds(60));
        }
    }

    private async Task FoldAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await Counts.FoldAsync(Token);
            }
            catch (Exception killed) when (killed is ApiException or NpgsqlException)
            {
                // Killed in between.
            }
        }
    }

    /// <summary>Ends connections that are adding to the counts.</summary>
    private async Task KillAsync(CancellationToken stop)
    {
        var killed = 0;
        while (!stop.IsCancellationRequested || killed == 0)
        {
            killed += (await Run.ColumnAsync(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE 'WITH taken%'")).Count;
            await Task.Delay(20, Token);
            if (stop.IsCancellationRequested && killed == 0) await new CaseLives(Run, 99).LiveAsync(Token);
        }
    }

    private async Task CheckAsync(Random random)
    {
        ImmutableArray<PlaceCode> within = [.. Scopes[random.Next(Scopes.Length)].Select(code => PlaceCode.Parse(code))];
        var now = TimeProvider.System.GetUtcNow();
        var today = ChinaTime.Day(now);
        var end = today.AddDays(random.Next(3) switch { 0 => 0, 1 => 3, _ => -random.Next(0, 60) });
        var period = StatisticsPeriod.Of(end.AddDays(-random.Next(0, 80)), end);
        var category = random.Next(4) switch { 0 => "sanitation", 1 => CaseLives.Categories[random.Next(3)], _ => "" };
        var groupBy = (GroupBy)random.Next(4);
        await using var connection = await Run.Source.OpenConnectionAsync(Token);
        var counted = (await StatisticsStore.CountAsync(connection, within, period, category, groupBy, now, Token)).Where(row => !row.IsEmpty).ToList();
        var direct = await DirectCount.CountAsync(connection, within, period, category, groupBy, now);
        var asked = $"{string.Join(' ', within)} {period} {category} {groupBy}";
        counted.Select(Exact).ShouldBe(direct.Select(Exact), asked);
        foreach (var (one, other) in counted.Zip(direct))
        {
            Near(one.MedianHours, other.MedianHours).ShouldBeTrue($"{asked}: median {one.MedianHours} and not {other.MedianHours}");
            Near(one.P95Hours, other.P95Hours).ShouldBeTrue($"{asked}: p95 {one.P95Hours} and not {other.P95Hours}");
        }
    }

    private static CaseCounts Exact(CaseCounts counts) => counts with
    {
        MedianHours = null,
        P95Hours = null,
        MeanRating = counts.MeanRating is { } rating ? Math.Round(rating, 9) : null,
    };

    private static bool Near(double? one, double? other) =>
        one is null == other is null && Math.Abs((one ?? 0) - (other ?? 0)) <= (0.02 * (other ?? 0)) + (1 / 60.0) + 1e-9;
}
