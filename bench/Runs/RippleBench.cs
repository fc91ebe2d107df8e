using System.Collections.Concurrent;
using System.Globalization;
using Grpc.Core;
using Grpc.Net.Client;
using Jiceng.Bench.Load;
using Jiceng.Cadre.V1;
using Jiceng.Cli;
using Jiceng.Cli.Clients;
using Jiceng.Cli.Demo;
using Jiceng.Cli.Import;
using Jiceng.Cli.Running;
using Jiceng.Grid.V1;
using Jiceng.Scoring.V1;
using Npgsql;

namespace Jiceng.Bench.Runs;

/// <summary>Time from a verified case to its points: through the outbox, the sidecars and Redis into another service's ledger.</summary>
internal static class RippleBench
{
    private const int Rate = 200;
    // Enough that nobody reaches the scheme's cap in the usual 20 seconds, and each secretary stays far below the gateway's rate limit.
    private const int Workers = 240;
    private const int WarmUpCases = 2000;
    private const int WarmUpCallers = 32;
    private const double AimMedian = 15;
    private const double AimTail = 100;

    public static async Task<BenchResult> RunAsync(BenchSetting setting)
    {
        var screen = setting.Screen;
        var result = new BenchResult
        {
            Name = "ripple",
            Work = $"VerifyCase of cases handled on the spot, {Rate} a second whether answered or not; until the handler's entry of points can be read.",
            Plot = new Plot($"ripple: milliseconds from a verified case to its points, {Rate} cases a second", "", "ms"),
        };
        await using var suite = await PrivateSuite.StartAsync(screen, new Variant { Configuration = "release" }, setting.Token);
        var places = SampleCounty.Load(suite.Installation.Workspace.Root);
        var organizer = suite.Gateway.As("county_organizer", [SampleCounty.Code]);
        await screen.StepAsync("Importing the places of a county", report => NodeImport.SendAsync(
            suite.Gateway, organizer, places, new ImportNodesOptions { AllOrNothing = true }, report, setting.Token));
        var nodes = CasePair.Of(suite, places, Workers).ConvertAll(pair => pair.Node);
        var workers = await screen.StepAsync("Creating workers on duty", report => PeopleAsync(suite, nodes, report, setting.Token));
        var scheme = await Schemes.EnsureAsync(suite.Gateway, organizer, suite.Installation.Workspace.Root, Schemes.GridWorkers, SampleCounty.Code, setting.Token);
        var ranking = new ListRankingRequest { SchemeId = scheme.SchemeId, PlaceCode = SampleCounty.Code, PageSize = 1000 };
        await screen.StepAsync("Waiting until scoring has them", report => Ranking.SettledAsync(
            suite.Gateway, organizer, ranking, now => Task.FromResult(now.TotalSize >= Workers), report, setting.Token));

        using var channel = GrpcChannel.ForAddress(suite.Installation.GatewayAddress);
        var client = new CaseService.CaseServiceClient(channel);
        var pairs = nodes.Zip(workers, (node, worker) => new CasePair(node, worker, suite.As("grid_worker", worker, node), suite.As("village_secretary", suite.Gateway.RequestId(), node[..12]))).ToList();
        await using var ledger = NpgsqlDataSource.Create(suite.Database("scoring"));
        var most = 0.0;
        await screen.StepAsync("Warming up", report => Callers.WarmUpAsync(async () => most = await WarmUpRoundAsync(), report));

        var count = (int)(Rate * setting.Duration.TotalSeconds);
        var cases = await screen.StepAsync("Reporting cases with their results", report => ReportAsync(suite, client, pairs, count, report, setting.Token));
        await screen.StepAsync("Waiting until the events are consumed", report => suite.WaitUntilIdleAsync(report, setting.Token));
        var answered = new ConcurrentDictionary<string, (DateTimeOffset Start, DateTimeOffset End)>();
        var meter = ProcessMeter.Start(suite.Processes());
        var calls = await screen.StepAsync($"Verifying {Rate} cases a second", _ => Callers.OpenAsync(Rate, setting.Duration, async (number, _) =>
        {
            var start = TimeProvider.System.GetUtcNow();
            await VerifyAsync(cases[(int)number]);
            answered[cases[(int)number].Id] = (start, TimeProvider.System.GetUtcNow());
        }, setting.Token));
        result.Add("verify", meter.Stop());
        var missing = await screen.StepAsync("Waiting for the last points", report => SettledAsync(ledger, answered.Keys, report, setting.Token));
        await CheckRankingAsync(suite, organizer, ranking, scheme, setting.Token);

        result.Add("VerifyCase, from when it was due", calls);
        await AddAsync(setting, suite, answered, result);
        result.Figures.Add(Figure.AtMost("verified cases without points", missing, "", 0));
        result.Figures.Add(new Figure("verified cases and their points, as fast as they go", most, "/s"));
        foreach (var part in result.Distributions.Skip(1)) result.Plot.Bar($"{part.Name}, p50", part.P50);
        return result;

        async Task VerifyAsync((string Id, CallOptions Secretary) one) =>
            await client.VerifyCaseAsync(new VerifyCaseRequest { CaseId = one.Id, Passed = true, Remark = "核查属实。", RequestId = suite.Gateway.RequestId() }, one.Secretary);

        async Task<double> WarmUpRoundAsync()
        {
            var some = await ReportAsync(suite, client, pairs, WarmUpCases, _ => { }, setting.Token);
            var start = TimeProvider.System.GetTimestamp();
            await Parallel.ForEachAsync(some, new ParallelOptions { MaxDegreeOfParallelism = WarmUpCallers, CancellationToken = setting.Token }, async (one, _) => await VerifyAsync(one));
            if (await SettledAsync(ledger, [.. some.Select(one => one.Id)], _ => { }, setting.Token) > 0) throw new CliException("Points did not arrive during the warm-up.");
            return WarmUpCases / TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        }
    }

    private static async Task<IReadOnlyList<string>> PeopleAsync(PrivateSuite suite, List<string> nodes, Action<string> report, CancellationToken cancellationToken)
    {
        var gateway = suite.Gateway;
        var organizer = gateway.As("county_organizer", [SampleCounty.Code]);
        var records = new CadreRecords(gateway, organizer, SampleCounty.Code, cancellationToken);
        var county = await records.OrganizationAsync("中共灵丘县委", OrganizationKind.CountyCommittee, SampleCounty.Code, "");
        var committee = await records.OrganizationAsync("中共镇委员会", OrganizationKind.TownshipCommittee, nodes[0][..9], county);
        var branch = await records.OrganizationAsync("村党支部", OrganizationKind.VillageBranch, nodes[0][..12], committee);
        var persons = new string[nodes.Count];
        var done = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, nodes.Count), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken }, async (number, token) =>
        {
            var request = SamplePeople.Make(number, SampleCounty.Code, branch, PersonCategory.PartyMember);
            request.RequestId = gateway.RequestId();
            persons[number] = (await gateway.Persons.CreatePersonAsync(request, organizer.Options(token))).PersonId;
            await gateway.Nodes.AssignDutyAsync(
                new AssignDutyRequest { NodeCode = nodes[number], PersonId = persons[number], Role = "full_time", RequestId = gateway.RequestId() }, organizer.Options(token));
            report($"{Interlocked.Increment(ref done)} of {nodes.Count}");
        });
        return persons;
    }

    private static async Task<IReadOnlyList<(string Id, CallOptions Secretary)>> ReportAsync(
        PrivateSuite suite, CaseService.CaseServiceClient client, List<CasePair> pairs, int count, Action<string> report, CancellationToken cancellationToken)
    {
        var cases = new (string, CallOptions)[count];
        var done = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = cancellationToken }, async (number, _) =>
        {
            var pair = pairs[number % pairs.Count];
            var made = await client.ReportCaseAsync(new ReportCaseRequest
            {
                NodeCode = pair.Node,
                Category = "sanitation.rubbish",
                Description = "村口垃圾堆放未清理。",
                Result = new OnTheSpotResult { Result = "现场清理完毕，已拍照留存。" },
                RequestId = suite.Gateway.RequestId(),
            }, pair.Worker);
            cases[number] = (made.CaseId, pair.Secretary);
            report($"{Interlocked.Increment(ref done)} of {count}");
        });
        return cases;
    }

    /// <summary>Waits for the outstanding points; returns the number that never arrived.</summary>
    private static async Task<int> SettledAsync(NpgsqlDataSource ledger, ICollection<string> cases, Action<string> report, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            await using var command = ledger.CreateCommand("SELECT count(*) FROM unnest($1) AS verified (id) WHERE NOT EXISTS (SELECT FROM ledger_entry WHERE matter_id = verified.id)");
            command.Parameters.AddWithValue(cases.ToArray());
            var missing = (int)(long)(await command.ExecuteScalarAsync(cancellationToken))!;
            if (missing == 0 || TimeProvider.System.GetElapsedTime(start) > TimeSpan.FromSeconds(90)) return missing;
            report($"{missing} outstanding");
            await Task.Delay(200, cancellationToken);
        }
    }

    /// <summary>Compares the ledger with the ranking, so that the bench measures the right thing.</summary>
    private static async Task CheckRankingAsync(PrivateSuite suite, Calls organizer, ListRankingRequest request, Scheme scheme, CancellationToken cancellationToken)
    {
        var rows = (await suite.Gateway.Points.ListRankingAsync(request, organizer.Options(cancellationToken))).Rows;
        var ranked = rows.Sum(row => decimal.Parse(row.TotalPoints, CultureInfo.InvariantCulture) - decimal.Parse(scheme.BasePoints, CultureInfo.InvariantCulture));
        await using var source = NpgsqlDataSource.Create(suite.Database("scoring"));
        await using var command = source.CreateCommand("SELECT COALESCE(sum(points), 0) FROM ledger_entry");
        var ledger = (decimal)(await command.ExecuteScalarAsync(cancellationToken))!;
        if (ledger == 0 || ranked != ledger) throw new CliException($"The ranking has {ranked} points, and the ledger {ledger}.");
    }

    private static async Task AddAsync(
        BenchSetting setting, PrivateSuite suite, ConcurrentDictionary<string, (DateTimeOffset Start, DateTimeOffset End)> answered, BenchResult result)
    {
        // Read from the rows afterwards, so that observing does not disturb the run. An event's time is the start of its transaction.
        var published = await ReadAsync("grid", "SELECT subject, event_time, publish_time FROM outbox WHERE type = 'jiceng.grid.case.closed.v1' AND publish_time IS NOT NULL");
        var received = await ReadAsync("scoring",
            """
            SELECT f.matter_id, i.receive_time, pg_xact_commit_timestamp(e.xmin)
            FROM fact f JOIN inbox i ON i.event_id = f.event_id JOIN ledger_entry e ON e.event_id = f.event_id WHERE f.type = 'jiceng.grid.case.closed.v1'
            """);
        var seen = answered.Where(pair => received.ContainsKey(pair.Key) && published.ContainsKey(pair.Key)).Select(pair => (
            pair.Value.Start, pair.Value.End, Event: published[pair.Key].First, Marked: published[pair.Key].Second,
            Handled: received[pair.Key].First, Seen: received[pair.Key].Second)).ToList();
        var fromAnswer = Add("answer → points", seen.Select(one => one.Seen - one.End));
        Add("call → points", seen.Select(one => one.Seen - one.Start));
        Add("of it: call → event", seen.Select(one => one.Event - one.Start));
        Add("of it: event → handled by scoring", seen.Select(one => one.Handled - one.Event));
        Add("of it: handled by scoring → points", seen.Select(one => one.Seen - one.Handled));
        Add("in parallel: event → marked as published", seen.Select(one => one.Marked - one.Event));
        result.Figures.Insert(0, Figure.AtMost("answer → points, p50", fromAnswer.Milliseconds(0.5), "ms", AimMedian));
        result.Figures.Insert(1, Figure.AtMost("answer → points, p99", fromAnswer.Milliseconds(0.99), "ms", AimTail));

        Latencies Add(string name, IEnumerable<TimeSpan> times)
        {
            var latencies = new Latencies();
            foreach (var time in times) latencies.Add(time);
            result.Add(name, new Measurement(setting.Duration.TotalSeconds, latencies, new Dictionary<string, long>()));
            return latencies;
        }

        async Task<Dictionary<string, (DateTimeOffset First, DateTimeOffset Second)>> ReadAsync(string service, string sql)
        {
            await using var source = NpgsqlDataSource.Create(suite.Database(service));
            await using var command = source.CreateCommand(sql);
            await using var reader = await command.ExecuteReaderAsync(setting.Token);
            var rows = new Dictionary<string, (DateTimeOffset, DateTimeOffset)>();
            while (await reader.ReadAsync(setting.Token)) rows[reader.GetString(0)] = (reader.GetFieldValue<DateTimeOffset>(1), reader.GetFieldValue<DateTimeOffset>(2));
            return rows;
        }
    }
}
