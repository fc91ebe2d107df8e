using Dapper;
using Jiceng.Domain;
using Jiceng.Hosting;
using Jiceng.Persistence;
using Jiceng.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Persistence;

public sealed class DatabaseTests
{
    private static readonly WriteContext Context = new("caller", "method");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Write_TwoThatDeadlock_BothSucceed(bool inTheDeferredCommands)
    {
        await using var host = await PersistenceHost.StartAsync();
        await host.ExecuteAsync("INSERT INTO thing VALUES ('a'), ('b')");
        using var bothHoldOne = new Barrier(2);
        var runs = 0;

        await Task.WhenAll(AddToAsync("a", "b"), AddToAsync("b", "a"));

        (await host.ScalarAsync<long>("SELECT sum(number) FROM thing")).ShouldBe(4);
        runs.ShouldBe(3);

        Task<int> AddToAsync(string first, string second) => Task.Run(
            () =>
            {
                var met = false;
                return host.Database.WriteAsync(
                    Context,
                    async (work, cancellationToken) =>
                    {
                        Interlocked.Increment(ref runs);
                        await work.Connection.ExecuteAsync("UPDATE thing SET number = number + 1 WHERE id = @first", new { first });
                        if (!met) bothHoldOne.SignalAndWait(cancellationToken);
                        met = true;
                        if (!inTheDeferredCommands)
                            return await work.Connection.ExecuteAsync("UPDATE thing SET number = number + 1 WHERE id = @second", new { second });
                        work.ExecuteOnCommit("UPDATE thing SET number = number + 1 WHERE id = @second", new { second });
                        return 1;
                    },
                    Stop);
            },
            Stop);
    }

    [Fact]
    public async Task Deferred_OneStatementWithOtherNullsEachTime_IsPreparedForEach()
    {
        await using var host = await PersistenceHost.StartAsync();
        await host.ExecuteAsync("CREATE TABLE noted (id text, day date, number int)");
        for (var round = 0; round < 10; round++)
        {
            await InsertAsync("a", null, null);
            await InsertAsync("b", new DateOnly(2026, 11, 22), null);
            await InsertAsync("c", new DateOnly(2026, 11, 22), round);
        }

        // One after the other they share the one connection of the pool.
        var prepared = await host.ScalarAsync<long>("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'INSERT INTO noted%'");

        prepared.ShouldBe(3);
        (await host.ScalarAsync<long>("SELECT count(*) FROM noted WHERE day IS NULL")).ShouldBe(10);
        (await host.ScalarAsync<long>("SELECT count(*) FROM noted WHERE number IS NULL")).ShouldBe(20);

        Task<int> InsertAsync(string id, DateOnly? day, int? number) => host.Database.WriteAsync(
            Context,
            (work, _) =>
            {
                work.ExecuteOnCommit("INSERT INTO noted (id, day, number) VALUES (@id, @day, @number)", new { id, day, number });
                return Task.FromResult(0);
            },
            Stop);
    }

    [Fact]
    public async Task Calls_PostgresStopsAndReturns_AreUnavailableThenWorkWithoutARestart()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var host = await PersistenceHost.StartAsync(server);
        await InsertAsync("before");
        await server.StopAsync();

        (await Should.ThrowAsync<ApiException>(InsertAsync("during"))).Reason.ShouldBe(CommonErrors.DependencyUnavailable);
        var refused = await Should.ThrowAsync<ApiException>(CountAsync());
        refused.Reason.ShouldBe(CommonErrors.DependencyUnavailable);
        refused.RetryAfter.ShouldNotBeNull();

        await server.RestartAsync();
        (await CountAsync()).ShouldBe(1);
        await server.StopAsync();
        await server.RestartAsync();
        // The pooled connections are all broken now; the write notices and goes on.
        await InsertAsync("after");
        (await CountAsync()).ShouldBe(2);

        Task<int> InsertAsync(string id) => host.Database.WriteAsync(
            Context, (work, _) => work.Connection.ExecuteAsync("INSERT INTO thing VALUES (@id)", new { id }), Stop);
        Task<long> CountAsync() => host.Database.ReadAsync(
            (connection, _) => connection.ExecuteScalarAsync<long>("SELECT count(*) FROM thing"), Stop);
    }

    [Fact]
    public async Task Write_SqlIsWrong_IsNoUnavailability()
    {
        await using var host = await PersistenceHost.StartAsync();

        await Should.ThrowAsync<Npgsql.PostgresException>(
            host.Database.WriteAsync(Context, (work, _) => work.Connection.ExecuteAsync("INSERT INTO nothing VALUES (1)"), Stop));
    }

    [Fact]
    public async Task Read_TextWithACharacterThatPostgresCannotHold_IsRefused()
    {
        await using var host = await PersistenceHost.StartAsync();

        var refused = await Should.ThrowAsync<ApiException>(
            host.Database.ReadAsync((connection, _) => connection.ExecuteScalarAsync<string>("SELECT @text", new { text = "前\0后" }), Stop));

        refused.Reason.ShouldBe(CommonErrors.ArgumentInvalid);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Statement_RefusedWhenItWasToBePrepared_WorksTheNextTime(bool inTheDeferredCommands)
    {
        // One connection, whose statements are prepared at their fifth use.
        await using var host = PersistenceHost.On(await (await PostgresServer.SharedAsync()).CreateDatabaseAsync() + ";Maximum Pool Size=1");
        await host.ExecuteAsync("CREATE TABLE thing (id text PRIMARY KEY)");
        for (var use = 1; use <= 10; use++)
        {
            var text = use == 5 ? "前\0后" : "前后";
            var failed = false;
            try
            {
                if (inTheDeferredCommands) await WriteAsync(text, use);
                else (await host.Database.ReadAsync((connection, _) => connection.ExecuteScalarAsync<string>("SELECT @text || ''", new { text }), Stop)).ShouldBe(text);
            }
            catch (ApiException)
            {
                failed = true;
            }

            failed.ShouldBe(use == 5);
        }

        Task<int> WriteAsync(string text, int use) => host.Database.WriteAsync(
            Context,
            (work, _) =>
            {
                work.ExecuteOnCommit("INSERT INTO thing VALUES (@id)", new { id = $"{use} {text}" });
                return Task.FromResult(0);
            },
            Stop);
    }

    [Fact]
    public async Task Dapper_RecordWithDomainTypes_IsFilledBySnakeCaseColumns()
    {
        await using var host = await PersistenceHost.StartAsync();
        var wanted = new Sample(
            Guid.CreateVersion7(TimeProvider.System.GetUtcNow()), PlaceCode.Parse("140224"), new DateTimeOffset(2026, 3, 1, 8, 0, 0, TimeSpan.FromHours(8)),
            new DateOnly(2026, 3, 1), 1.5m, null, ["a", "b"]);

        var read = await host.Database.ReadAsync(
            (connection, _) => connection.QuerySingleAsync<Sample>(
                """
                SELECT @Id AS id, @NodeCode AS node_code, @CreateTime AS create_time, @StartDay AS start_day, @Points AS points,
                       CAST(NULL AS timestamptz) AS end_time, @Tags AS tags
                """,
                wanted),
            Stop);

        read.CreateTime.Offset.ShouldBe(TimeSpan.Zero);
        read.Tags.ShouldBe(wanted.Tags);
        (read with { Tags = wanted.Tags, CreateTime = wanted.CreateTime }).ShouldBe(wanted);
        read.CreateTime.ShouldBe(wanted.CreateTime);
    }

    [Fact]
    public async Task Sweep_OldAnswers_AreDeletedAndYoungOnesStay()
    {
        await using var host = await PersistenceHost.StartAsync();
        await host.ExecuteAsync(
            """
            INSERT INTO idempotency SELECT 'c', 'm', 'old' || n, 'h', 'r', now() - interval '8 days' FROM generate_series(1, 2500) n;
            INSERT INTO idempotency VALUES ('c', 'm', 'young', 'h', 'r', now() - interval '6 days');
            """);
        var sweep = host.Services.GetServices<IHostedService>().OfType<RetentionSweep>().Single();

        (await sweep.SweepAsync(Stop)).ShouldBe(2500);

        (await host.ScalarAsync<string>("SELECT request_id FROM idempotency")).ShouldBe("young");
    }

    [Fact]
    public async Task Sweep_RuleThatIsBroken_StopsNoOther()
    {
        await using var host = await PersistenceHost.StartAsync();
        await host.ExecuteAsync("INSERT INTO idempotency VALUES ('c', 'm', 'old', 'h', 'r', now() - interval '8 days')");
        var keep = TimeSpan.FromDays(7);
        using var sweep = new RetentionSweep(
            host.Source, [new RetentionRule("no_such_table", "create_time", keep), new RetentionRule("idempotency", "create_time", keep)], TimeProvider.System,
            host.Services.GetRequiredService<JobServices>());

        (await sweep.SweepAsync(Stop)).ShouldBe(1);

        (await host.ScalarAsync<long>("SELECT count(*) FROM idempotency")).ShouldBe(0);
    }

    private sealed record Sample(
        Guid Id, PlaceCode NodeCode, DateTimeOffset CreateTime, DateOnly StartDay, decimal Points, DateTimeOffset? EndTime, string[] Tags);
}
