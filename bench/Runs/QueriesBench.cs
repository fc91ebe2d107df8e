using System.Globalization;
using Grpc.Core;
using Grpc.Net.Client;
using Jiceng.Bench.Load;
using Jiceng.Cli;
using Jiceng.Cli.Demo;
using Jiceng.Cli.Running;
using Jiceng.Domain;
using Jiceng.Grid.V1;
using Jiceng.Scoring.V1;
using Npgsql;

namespace Jiceng.Bench.Runs;

/// <summary>Queries over the whole country: whether they slow down with the number of cases and subjects.</summary>
internal static class QueriesBench
{
    private const double AimMilliseconds = 10;
    private const double AimGrowth = 1.25;
    private const int Page = 1000;
    private static readonly long[] Stored = [100_000, 1_000_000];
    private static readonly TimeSpan Descent = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FirstPatience = TimeSpan.FromMinutes(3);

    public static async Task<BenchResult> RunAsync(BenchSetting setting)
    {
        var screen = setting.Screen;
        var result = new BenchResult
        {
            Name = "queries",
            Work = "One call at a time through the gateway, over every place of the country: statistics of a quarter, pages of cases deep in the list, the top 20 of a ranking.",
            Plot = new Plot("queries: p95 in milliseconds", "cases, or subjects", "ms"),
        };
        var places = await Country.LoadAsync(setting);
        await using var suite = await PrivateSuite.StartAsync(screen, new Variant { Configuration = "release" }, setting.Token);
        await screen.StepAsync("Loading the country's places", _ => Country.CopyAsync(suite.AdminDatabase("grid"), "node", places, setting.Token));
        using var channel = GrpcChannel.ForAddress(suite.Installation.GatewayAddress);
        var questions = new Queries(suite, channel, places);
        var scheme = await questions.PublishAsync(setting.Token);
        var seed = new CaseSeed(suite);
        var found = new Dictionary<string, List<(double Stored, double P95)>>();
        var (before, failed) = (0L, 0L);
        foreach (var stored in Stored)
        {
            var size = stored.ToString("#,0", CultureInfo.InvariantCulture);
            await screen.StepAsync($"Storing cases up to {size}", report => seed.AddAsync(before, stored, report, setting.Token));
            await screen.StepAsync($"Storing subjects up to {size}", _ => RankingSeed.AddAsync(
                suite.AdminDatabase("scoring"), Guid.Parse(scheme.SchemeId), ChinaTime.Quarter(TimeProvider.System.GetUtcNow()), questions.Villages, before, stored, setting.Token));
            result.Figures.Add(Figure.AtMost($"exit code of rebuild-ranking, {size} subjects", await RebuildAsync(screen, suite, setting.Token), "", 0));
            result.Figures.Add(new Figure($"first answer of the ranking after that, {size} subjects", await screen.StepAsync("Querying the ranking", _ => questions.FirstRankingAsync(scheme, stored, setting.Token)), "ms"));
            var depth = await screen.StepAsync("Paging through the case list", report => questions.DescendAsync(stored / 2, Descent, report, setting.Token));
            result.Figures.Add(new Figure($"cases and their steps, {size} stored", await MegabytesAsync(suite, ["grid_case", "case_step"], setting.Token), "MB"));
            result.Figures.Add(new Figure($"counts of them, {size} stored", await MegabytesAsync(suite, ["case_count", "case_hours"], setting.Token), "MB"));
            result.Figures.Add(new Figure($"cases above the pages asked for, {size} stored", depth, ""));
            foreach (var (name, ask) in questions.All(scheme))
            {
                var measured = await screen.StepAsync($"{name}, {size} stored", _ => MeasureAsync(setting, ask));
                result.Add($"{name}, {size} stored", measured);
                failed += measured.Failed;
                if (!found.TryGetValue(name, out var points)) found[name] = points = [];
                points.Add((stored, measured.Latencies.Milliseconds(0.95)));
            }

            before = stored;
        }

        result.Figures.Add(Figure.AtMost("calls that failed", failed, "", 0));
        foreach (var (name, points) in found)
        {
            result.Figures.Add(Figure.AtMost($"{name}, p95 with 1,000,000", points[^1].P95, "ms", AimMilliseconds));
            var growth = points[^1].P95 / points[0].P95;
            result.Figures.Add(new Figure($"{name}, p95 with 1,000,000", points[^1].P95, "ms")
            {
                Limit = "the same with 100,000",
                LimitValue = points[0].P95,
                Aim = FormattableString.Invariant($"≤ {AimGrowth}"),
                Met = growth <= AimGrowth,
            });
            result.Plot.Add(name, points);
        }

        return result;
    }

    /// <summary>Sequential, at least three calls. A call that the gateway refuses or abandons counts with its duration.</summary>
    private static async Task<Measurement> MeasureAsync(BenchSetting setting, Func<Task> ask)
    {
        // The first calls hit cold caches and code that is not fully compiled.
        var cold = TimeProvider.System.GetTimestamp();
        do await OnceAsync();
        while (TimeProvider.System.GetElapsedTime(cold) < setting.WarmUp);
        var (latencies, errors) = (new Latencies(), new Dictionary<string, long>());
        var start = TimeProvider.System.GetTimestamp();
        while (latencies.Count < 3 || TimeProvider.System.GetElapsedTime(start) < setting.Duration)
        {
            var begin = TimeProvider.System.GetTimestamp();
            if (await OnceAsync() is { } error) errors[error] = errors.GetValueOrDefault(error) + 1;
            latencies.Add(TimeProvider.System.GetElapsedTime(begin));
        }

        return new Measurement(TimeProvider.System.GetElapsedTime(start).TotalSeconds, latencies, errors);

        async Task<string?> OnceAsync()
        {
            try
            {
                await ask();
                return null;
            }
            catch (RpcException refused)
            {
                return refused.StatusCode.ToString();
            }
        }
    }

    /// <summary>
    /// Builds the rankings in Redis with the service's own command; if it fails, the first query builds the ranking from the ledger.
    /// </summary>
    private static Task<int> RebuildAsync(Screen screen, PrivateSuite suite, CancellationToken cancellationToken) => screen.StepAsync(
        "Building the rankings in Redis", report => suite.CommandAsync("scoring", ["rebuild-ranking"], report, cancellationToken));

    /// <summary>Disk usage of tables with their indexes.</summary>
    private static async Task<double> MegabytesAsync(PrivateSuite suite, string[] tables, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(suite.AdminDatabase("grid"));
        await using var command = source.CreateCommand("SELECT sum(pg_total_relation_size(name::regclass))::bigint FROM unnest($1) AS t (name)");
        command.Parameters.Add(new NpgsqlParameter { Value = tables });
        return (long)(await command.ExecuteScalarAsync(cancellationToken))! / 1024.0 / 1024;
    }

    private sealed class Queries(PrivateSuite suite, GrpcChannel channel, IReadOnlyList<NodeRow> places)
    {
        private const string Province = "14";
        private readonly CaseService.CaseServiceClient _cases = new(channel);
        private readonly PointsService.PointsServiceClient _points = new(channel);

        // Callers take turns, since a single one would exceed its rate limit.
        private readonly CallOptions[] _callers = [.. Enumerable.Range(1, 16).Select(caller => suite.As("county_organizer", $"bench-{caller}", Country.Provinces(places)))];
        private int _calls;
        private string _page = "";

        private CallOptions Caller => _callers[_calls++ % _callers.Length];

        /// <summary>The places of duty of the ranking's subjects: all in one county, because a scheme belongs to one.</summary>
        public string[] Villages { get; } = [.. places.Where(place => place.Code.Length == 12 && place.Code.StartsWith(SampleCounty.Code, StringComparison.Ordinal)).Select(place => place.Code)];

        public Task<Scheme> PublishAsync(CancellationToken token) =>
            Schemes.EnsureAsync(suite.Gateway, suite.Gateway.As("county_organizer", [SampleCounty.Code]), suite.Installation.Workspace.Root, Schemes.GridWorkers, SampleCounty.Code, token);

        /// <summary>Pages through the list of the whole country, down to a depth or as far as the time allows.</summary>
        public async Task<long> DescendAsync(long depth, TimeSpan patience, Action<string> report, CancellationToken token)
        {
            (_page, var start, var passed) = ("", TimeProvider.System.GetTimestamp(), 0L);
            while (passed < depth && TimeProvider.System.GetElapsedTime(start) < patience)
            {
                var answer = await _cases.ListCasesAsync(new ListCasesRequest { PageSize = Page, PageToken = _page }, Caller.WithCancellationToken(token));
                (_page, passed) = (answer.NextPageToken, passed + answer.Cases.Count);
                report($"{passed:#,0} of {depth:#,0}");
            }

            return passed;
        }

        public IEnumerable<(string Name, Func<Task> Ask)> All(Scheme scheme)
        {
            yield return ("statistics of a county", () => StatisticsAsync(SampleCounty.Code));
            yield return ("statistics of a province", () => StatisticsAsync(Province));
            yield return ("statistics of the country", () => StatisticsAsync(""));
            yield return ("50 cases deep in the list", async () => await _cases.ListCasesAsync(new ListCasesRequest { PageSize = 50, PageToken = _page }, Caller));
            yield return ("top 20 of the ranking", async () => await TopAsync(scheme));
        }

        /// <summary>
        /// Milliseconds until the first ranking. Checks the number of subjects, so that the bench measures the right one.
        /// </summary>
        public async Task<double> FirstRankingAsync(Scheme scheme, long subjects, CancellationToken token)
        {
            var start = TimeProvider.System.GetTimestamp();
            while (true)
            {
                try
                {
                    var size = (await TopAsync(scheme)).TotalSize;
                    return size == subjects ? TimeProvider.System.GetElapsedTime(start).TotalMilliseconds : throw new CliException($"The ranking has {size} subjects; {subjects} were stored.");
                }
                catch (RpcException refused) when (refused.StatusCode is StatusCode.DeadlineExceeded or StatusCode.Unavailable && TimeProvider.System.GetElapsedTime(start) < FirstPatience)
                {
                    await Task.Delay(TimeSpan.FromSeconds(1), token);
                }
            }
        }

        private async Task<ListRankingResponse> TopAsync(Scheme scheme) =>
            await _points.ListRankingAsync(new ListRankingRequest { SchemeId = scheme.SchemeId, PlaceCode = SampleCounty.Code, PageSize = 20 }, Caller);

        private async Task StatisticsAsync(string place)
        {
            var today = ChinaTime.Day(TimeProvider.System.GetUtcNow());
            await _cases.GetCaseStatisticsAsync(new GetCaseStatisticsRequest
            {
                NodeCode = place,
                StartDate = today.AddDays(-91).ToString("O", CultureInfo.InvariantCulture),
                EndDate = today.ToString("O", CultureInfo.InvariantCulture),
            }, Caller);
        }
    }
}
