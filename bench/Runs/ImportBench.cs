using Jiceng.Bench.Load;
using Jiceng.Cli.Import;
using Jiceng.Cli.Running;
using Jiceng.Grid.V1;
using Npgsql;

namespace Jiceng.Bench.Runs;

/// <summary>Imports the whole country into the place tree, compared with COPY of the same rows.</summary>
internal static class ImportBench
{
    private const double Aim = 0.5;
    private const int MaxStreams = 4;
    private static readonly string[] NoProvinces = ["01", "02", "03", "04"];

    public static async Task<BenchResult> RunAsync(BenchSetting setting)
    {
        var screen = setting.Screen;
        var result = new BenchResult
        {
            Name = "import",
            Work = "Every county, township and village of the country through ImportNodes, a stream for each province and four at once: checked row by row, then node, history, audit and events in one transaction.",
            Plot = new Plot("import: rows per second", "", "/s"),
        };
        var places = await Country.LoadAsync(setting);
        await using var suite = await PrivateSuite.StartAsync(screen, new Variant { Configuration = "release" }, setting.Token);
        await using var source = NpgsqlDataSource.Create(suite.Database("grid"));
        await using (var table = source.CreateCommand("CREATE TABLE limit_node (LIKE node INCLUDING ALL)")) await table.ExecuteNonQueryAsync(setting.Token);
        var copy = await screen.StepAsync($"Limit: COPY of the same {places.Count:#,0} rows", async _ =>
        {
            var start = TimeProvider.System.GetTimestamp();
            await Country.CopyAsync(suite.Database("grid"), "limit_node", places, setting.Token);
            return places.Count / TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        });

        var organizer = suite.Gateway.As("county_organizer", [.. NoProvinces, .. Country.Provinces(places)]);
        foreach (var none in NoProvinces)
        {
            NodeRow[] warm = [.. places.GroupBy(place => place.Code[..2]).MaxBy(province => province.Count())!
                .Select(place => new NodeRow { Line = place.Line, Code = none + place.Code[2..], Name = place.Name })];
            await screen.StepAsync($"Warming up: {warm.Length:#,0} places of a nonexistent province", async report =>
            {
                await NodeImport.SendAsync(suite.Gateway, organizer, warm, new ImportNodesOptions(), report, setting.Token);
                await suite.WaitUntilIdleAsync(report, setting.Token);
            });
        }

        var (latencies, refused) = (new Latencies(), 0L);
        var meter = ProcessMeter.Start(suite.Processes());
        var seconds = await screen.StepAsync("Importing the country", async report =>
        {
            var start = TimeProvider.System.GetTimestamp();
            var sent = 0;
            var options = new ParallelOptions { MaxDegreeOfParallelism = MaxStreams, CancellationToken = setting.Token };
            await Parallel.ForEachAsync(places.GroupBy(place => place.Code[..2]).Select(province => province.ToArray()), options, async (province, token) =>
            {
                var begin = TimeProvider.System.GetTimestamp();
                var answer = await NodeImport.SendAsync(suite.Gateway, organizer, province, new ImportNodesOptions(), _ => { }, token);
                lock (latencies) latencies.Add(TimeProvider.System.GetElapsedTime(begin));
                Interlocked.Add(ref refused, answer.RefusedCount);
                report($"{Interlocked.Add(ref sent, province.Length)} of {places.Count} places");
            });
            return TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        });
        result.Add("import", meter.Stop());
        await using var waiting = source.CreateCommand("SELECT count(*) FROM outbox WHERE publish_time IS NULL");
        var backlog = (long)(await waiting.ExecuteScalarAsync(setting.Token))!;

        var heard = await screen.StepAsync("Waiting until scoring has the places", report => WaitForScoringAsync(suite, places.Count - refused, report, setting.Token));
        var rate = (places.Count - refused) / seconds;
        result.Add("streams, one for each province", new Measurement(seconds, latencies, new Dictionary<string, long>()));
        result.Figures.Add(Figure.AtLeast("rows imported", rate, "/s", "bare COPY", copy, Aim));
        result.Figures.Add(new Figure("rows", places.Count, ""));
        result.Figures.Add(Figure.AtMost("rows refused", refused, "", 0));
        result.Figures.Add(new Figure("events still to be published when the last row was in", backlog, ""));
        result.Figures.Add(new Figure("until scoring knew every place, from the last row on", heard, "s"));
        result.Plot.Bar("bare COPY", copy);
        result.Plot.Bar("ImportNodes", rate);
        return result;
    }

    private static async Task<double> WaitForScoringAsync(PrivateSuite suite, long places, Action<string> report, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        await using var source = NpgsqlDataSource.Create(suite.Database("scoring"));
        await using var known = source.CreateCommand("SELECT count(*) FROM subject WHERE kind = 'grid_node' AND id > '05'");
        while ((long)(await known.ExecuteScalarAsync(cancellationToken))! is var count && count < places)
        {
            report($"{count} of {places}");
            await Task.Delay(500, cancellationToken);
        }

        return TimeProvider.System.GetElapsedTime(start).TotalSeconds;
    }
}
