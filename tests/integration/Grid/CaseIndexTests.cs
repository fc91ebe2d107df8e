using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Jiceng.Domain;
using Jiceng.Grid;
using Jiceng.Grid.Cases;
using Jiceng.Grid.Cases.Domain;
using Jiceng.Grid.Statistics;
using Jiceng.Grid.Statistics.Domain;
using Jiceng.Messaging;
using Jiceng.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Grid;

/// <summary>
/// What is asked often is found by an index and not by reading a table through: the plans are those of the statements that the service sends, as
/// PostgreSQL's auto_explain tells them.
/// </summary>
public sealed class CaseIndexTests(CaseIndexTests.Filled filled) : IClassFixture<CaseIndexTests.Filled>
{
    private static readonly Guid Handler = Guid.Parse("00000000-0000-7000-8000-000000000007");
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("140224301203001", "grid_case_node")]
    [InlineData("140224301203", "grid_case_node")]
    [InlineData("140224", "grid_case_pkey")]
    [InlineData("140224301203 140224302203001", "grid_case_node")]
    public async Task List_OfPlaces_FirstPageAndDeepPage(string places, string index)
    {
        var filter = new CaseFilter([.. places.Split(' ').Select(place => PlaceCode.Parse(place))], [], "", null, false, Now);
        var last = Guid.Parse(await filled.ScalarAsync("SELECT case_id::text FROM grid_case ORDER BY case_id DESC OFFSET 10000 LIMIT 1"));
        (await filled.PlansAsync(connection => CaseStore.ListAsync(connection, filter, null, 51, Token))).ShouldUse(index);
        (await filled.PlansAsync(connection => CaseStore.ListAsync(connection, filter, last, 51, Token))).ShouldUse(index);
    }

    [Fact]
    public async Task List_OfAHandler()
    {
        var filter = new CaseFilter([PlaceCode.Parse("140224")], [2, 3, 4], "", Handler, false, Now);
        (await filled.PlansAsync(connection => CaseStore.ListAsync(connection, filter, null, 51, Token))).ShouldUse("grid_case_handlers");
    }

    [Fact]
    public async Task ListOverdueIds()
    {
        var plans = await filled.PlansAsync(connection => CaseStore.ListOverdueIdsAsync(connection, Now, [], 200, Token));
        plans.ShouldUse("grid_case_accept_due");
        plans.ShouldUse("grid_case_open_due");
    }

    /// <summary>The predicates stand in migrations, where they cannot come from the enum.</summary>
    [Fact]
    public async Task PartialIndexes_HoldTheStatesOfTheEnum()
    {
        (await filled.StatesAsync("grid_case_accept_due")).ShouldBe([CaseState.Reported]);
        (await filled.StatesAsync("grid_case_open_due")).ShouldBe(Enum.GetValues<CaseState>().Where(CaseStates.IsToClose));
    }

    [Fact]
    public async Task ListSteps_TheNewest() =>
        (await filled.PlansAsync(connection => CaseStore.ListStepsSinceAsync(connection, Now.AddSeconds(-2), Token))).ShouldUse("case_step_newest");

    [Theory]
    [InlineData("140224", "case_count_pkey", "case_hours_pkey")]
    [InlineData("140224301203001", "grid_case_node", "case_step_pkey", "grid_case_open_due")]
    public async Task Statistics(string place, params string[] indexes)
    {
        var today = ChinaTime.Day(Now);
        var period = StatisticsPeriod.Of(today.AddDays(-91), today);
        foreach (var groupBy in Enum.GetValues<GroupBy>())
        {
            var plans = await filled.PlansAsync(connection => StatisticsStore.CountAsync(connection, [PlaceCode.Parse(place)], period, "", groupBy, Now, Token));
            foreach (var index in indexes) plans.ShouldUse(index);
        }
    }

    [Fact]
    public async Task Outbox_Claim() =>
        (await filled.PlansAsync(connection => OutboxStore.ClaimAsync(connection, 100, Now, Token))).ShouldUse("outbox_pending");

    [Fact]
    public async Task Outbox_Feed()
    {
        const string Scans = "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'outbox_feed'";
        var before = long.Parse(await filled.ScalarAsync(Scans), CultureInfo.InvariantCulture);
        var page = await filled.Service<EventFeed>().ReadAsync("", 500, null, EventFeed.PageBytes, Token);
        (await filled.Service<EventFeed>().ReadAsync(page.NextPosition, 500, null, EventFeed.PageBytes, Token)).Events.Count.ShouldBe(500);
        await Eventually.HoldsAsync(async () => long.Parse(await filled.ScalarAsync(Scans), CultureInfo.InvariantCulture) >= before + 2, "two scans of outbox_feed");
    }

    /// <summary>A database in which reading through costs more than an index: 40,000 cases of 400 days, nearly all closed, with their steps and events.</summary>
    public sealed class Filled : IAsyncLifetime
    {
        private const string Fill =
            """
            INSERT INTO node SELECT code, code, NULL, 1, now(), now() FROM (
                SELECT DISTINCT unnest(ARRAY['140224', '140224' || 301 + t, '140224' || 301 + t || 201 + v, '140224' || 301 + t || 201 + v || '001']) AS code
                FROM generate_series(0, 19) t, generate_series(0, 19) v) codes;
            INSERT INTO grid_case (case_id, node_code, owner_code, category, urgency, state, description, reporter_id, attachments, parts, handler_ids, on_the_spot, rework_count,
                close_count, rating, report_time, accept_due, accept_time, handle_due, handle_time, verify_due, verify_time, close_time, accept_overdue_raised,
                handle_overdue_raised, update_time, version)
            SELECT (lpad(to_hex((extract(epoch FROM t) * 1000)::bigint), 12, '0') || '7000' || '8000' || lpad(to_hex(n), 12, '0'))::uuid,
                '140224' || 301 + n % 20 || 201 + n / 20 % 20 || '001', '140224', (ARRAY['sanitation.rubbish', 'facilities.road', 'facilities.lamp'])[1 + n % 3], 1,
                CASE n % 200 WHEN 0 THEN 1 WHEN 1 THEN 4 ELSE 7 END, repeat('x', 60), '', '[]', '[]', ARRAY[('00000000-0000-7000-8000-' || lpad(to_hex(n % 500), 12, '0'))::uuid], false, CASE n % 20 WHEN 7 THEN 1 ELSE 0 END,
                0, 0, t, t + interval '4 hours', CASE WHEN n % 200 > 0 THEN t + interval '1 hour' END, CASE WHEN n % 200 > 0 THEN t + interval '5 days' END,
                CASE WHEN n % 200 > 1 THEN t + n % 90 * interval '1 hour' END, CASE WHEN n % 200 > 1 THEN t + interval '6 days' END,
                CASE WHEN n % 200 > 1 THEN t + interval '5 days' END, CASE WHEN n % 200 > 1 THEN t + interval '5 days' END, n % 400 <> 0, n % 400 <> 1, t, 3
            FROM generate_series(1, 40000) n, LATERAL (SELECT now() - (40000 - n) * interval '15 minutes' AS t) times;
            INSERT INTO case_step (case_id, number, verb, actor_id, from_state, to_state, owner_code, remark, attachments, step_time, trace_id)
            SELECT case_id, number, CASE WHEN rework_count > 0 AND number = 2 THEN 'fail' ELSE 'x' END, '', 1, 1, '140224', repeat('x', 60), '[]', report_time + number * interval '1 minute', '' FROM grid_case, generate_series(1, 3) number
            ORDER BY report_time;
            INSERT INTO outbox (id, topic, type, subject, sequence, event_time, data_json, publish_time)
            SELECT gen_random_uuid(), 'jiceng.grid.case.v1', 'jiceng.grid.case.rated.v1', n::text, 1, now(), '{}', CASE WHEN n < 30000 THEN now() END FROM generate_series(1, 30020) n;
            """;

        private PostgresServer? _server;
        private ServiceRun? _run;

        private ServiceRun Run => _run ?? throw new InvalidOperationException("Not started.");

        public async ValueTask InitializeAsync()
        {
            // A separate server: transactions as long as these hold back the event feeds of all other tests.
            _server = await PostgresServer.StartAsync();
            var more = new Dictionary<string, string?> { ["ConnectionStrings:Postgres"] = await _server.CreateDatabaseAsync(), ["Grid:ScanInterval"] = "1.00:00:00" };
            _run = await ServiceRun.StartAsync("grid", builder => builder.AddGrid(), app => app.MapGrid(), Token, more);
            await Run.ColumnAsync(Fill);
            var counts = Run.Services.GetRequiredService<CaseCountStore>();
            await Eventually.HoldsAsync(async () => !await counts.FoldAsync(Token) && (await counts.WaitingAsync(Token)).Changes == 0, "all changes are counted", TimeSpan.FromMinutes(5));

            foreach (var sql in (string[])["VACUUM ANALYZE", "SELECT brin_summarize_new_values('case_step_newest')"]) await Run.ColumnAsync(sql);
        }

        public async ValueTask DisposeAsync()
        {
            if (_run is not null) await _run.DisposeAsync();
            if (_server is not null) await _server.DisposeAsync();
        }

        internal T Service<T>() where T : notnull => Run.Services.GetRequiredService<T>();

        /// <summary>The states of the cases that a partial index holds, from its predicate.</summary>
        internal async Task<IEnumerable<CaseState>> StatesAsync(string index)
        {
            var predicate = await ScalarAsync($"SELECT pg_get_expr(indpred, indrelid) FROM pg_index WHERE indexrelid = '{index}'::regclass");
            return Regex.Matches(Regex.Match(predicate, @"\(state = [^)]*\)").Value, @"\d+").Select(number => (CaseState)int.Parse(number.Value, CultureInfo.InvariantCulture));
        }

        public async Task<string> ScalarAsync(string sql) => (await Run.ColumnAsync(sql))[0];

        /// <summary>Plans of the statements of a query, when it was sent so often that PostgreSQL has settled for how to plan it.</summary>
        internal async Task<Plans> PlansAsync(Func<NpgsqlConnection, Task> query)
        {
            const int Often = 8;
            var settings = new NpgsqlConnectionStringBuilder(Run.Source.ConnectionString)
            {
                Pooling = false,
                Options = "-c session_preload_libraries=auto_explain -c auto_explain.log_min_duration=0 -c auto_explain.log_level=notice",
            };
            await using var source = NpgsqlDataSource.Create(settings);
            await using var connection = await source.OpenConnectionAsync(Token);
            for (var time = 1; time < Often; time++) await query(connection);
            var text = new StringBuilder();
            connection.Notice += (_, told) => text.AppendLine(told.Notice.MessageText);
            await query(connection);
            return new Plans(text.ToString());
        }
    }

    internal sealed record Plans(string Text)
    {
        public void ShouldUse(string index)
        {
            Text.ShouldMatch($@"using {index} |Bitmap Index Scan on {index}\b");
            Text.ShouldNotMatch(@"Seq Scan on (grid_case|case_step|case_count|case_hours|outbox)\b");
        }
    }
}
