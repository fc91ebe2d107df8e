using System.Text;
using Jiceng.Domain;
using Jiceng.Persistence;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Persistence;

public sealed class WriteOnceTests : IAsyncLifetime
{
    private PersistenceHost _host = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await PersistenceHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task WriteOnce_TwentyAtOnce_TakesEffectOnceAndAnswersAllTheSame()
    {
        var runs = 0;
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _host.Database.WriteOnceAsync(Request("r1"), AddAsync, Stop)));

        answers.Select(Encoding.UTF8.GetString).Distinct().ShouldHaveSingleItem().ShouldStartWith("answer ");
        (await _host.ScalarAsync<int>("SELECT number FROM thing WHERE id = 'r1'")).ShouldBe(1);

        async Task<byte[]> AddAsync(UnitOfWork work, CancellationToken cancellationToken)
        {
            var run = Interlocked.Increment(ref runs);
            work.ExecuteOnCommit("INSERT INTO thing VALUES ('r1', 1) ON CONFLICT (id) DO UPDATE SET number = thing.number + 1");
            await Task.Delay(50, cancellationToken);
            return Encoding.UTF8.GetBytes($"answer {run}");
        }
    }

    [Fact]
    public async Task WriteOnce_RepeatedButNoLongerPossible_GetsTheFirstAnswer()
    {
        (await _host.Database.WriteOnceAsync(Request("r7"), CloseAsync, Stop)).ShouldBe([7]);

        (await _host.Database.WriteOnceAsync(Request("r7"), CloseAsync, Stop)).ShouldBe([7]);
        await Should.ThrowAsync<ApiException>(_host.Database.WriteOnceAsync(Request("r8"), CloseAsync, Stop));

        static async Task<byte[]> CloseAsync(UnitOfWork work, CancellationToken cancellationToken)
        {
            await using var command = work.Connection.CreateCommand();
            command.CommandText = "SELECT count(*) FROM thing WHERE id = 'r7'";
            if ((long)(await command.ExecuteScalarAsync(cancellationToken))! > 0) throw CommonErrors.ArgumentRequired.With(("field", "closed already"));
            work.ExecuteOnCommit("INSERT INTO thing VALUES ('r7')");
            return [7];
        }
    }

    [Fact]
    public async Task Refuse_ConstraintViolated_IsToldInItsPlaceAndNothingIsKept()
    {
        await _host.ExecuteAsync("INSERT INTO thing VALUES ('r9')");

        var refused = await Should.ThrowAsync<ApiException>(_host.Database.WriteOnceAsync(
            Request("r9"),
            (work, _) =>
            {
                work.Audit("thing.add", "thing", "r9");
                work.OnViolation("thing_pkey", CommonErrors.ArgumentRequired.With(("field", "another id")));
                work.ExecuteOnCommit("INSERT INTO thing VALUES ('r9')");
                return Task.FromResult<byte[]>([]);
            },
            Stop));

        refused.Reason.ShouldBe(CommonErrors.ArgumentRequired);
        (await _host.ScalarAsync<long>("SELECT (SELECT count(*) FROM audit) + (SELECT count(*) FROM idempotency)")).ShouldBe(0);
    }

    [Fact]
    public async Task WriteOnce_SameIdOtherRequest_IsRefusedAndChangesNothing()
    {
        await _host.Database.WriteOnceAsync(Request("r2", "first"), (_, _) => Task.FromResult<byte[]>([1]), Stop);

        var refused = await Should.ThrowAsync<ApiException>(
            _host.Database.WriteOnceAsync(Request("r2", "second"), (_, _) => throw new InvalidOperationException("ran"), Stop));

        refused.Reason.ShouldBe(CommonErrors.RequestIdReused);
    }

    [Fact]
    public async Task WriteOnce_OtherCallerOrMethod_RunsAgain()
    {
        foreach (var context in new[] { Request("r3"), Request("r3") with { CallerId = "other" }, Request("r3") with { Method = "other" } })
        {
            await _host.Database.WriteOnceAsync(
                context,
                (work, _) =>
                {
                    work.ExecuteOnCommit("INSERT INTO thing VALUES ('r3', 1) ON CONFLICT (id) DO UPDATE SET number = thing.number + 1");
                    return Task.FromResult<byte[]>([]);
                },
                Stop);
        }

        (await _host.ScalarAsync<int>("SELECT number FROM thing WHERE id = 'r3'")).ShouldBe(3);
    }

    [Fact]
    public async Task WriteOnce_ActionFails_LeavesNothingAndMayBeTriedAgain()
    {
        await Should.ThrowAsync<ApiException>(
            _host.Database.WriteOnceAsync(
                Request("r4"),
                async (work, cancellationToken) =>
                {
                    await using var command = work.Connection.CreateCommand();
                    command.CommandText = "INSERT INTO thing VALUES ('r4')";
                    await command.ExecuteNonQueryAsync(cancellationToken);
                    work.Audit("thing.add", "thing", "r4");
                    throw CommonErrors.ArgumentRequired.With(("field", "name"));
                },
                Stop));
        (await _host.ScalarAsync<long>("SELECT count(*) FROM idempotency WHERE request_id = 'r4'")).ShouldBe(0);
        (await _host.ScalarAsync<long>("SELECT count(*) FROM thing WHERE id = 'r4'")).ShouldBe(0);
        (await _host.ScalarAsync<long>("SELECT count(*) FROM audit")).ShouldBe(0);

        (await _host.Database.WriteOnceAsync(Request("r4"), (_, _) => Task.FromResult<byte[]>([7]), Stop)).ShouldBe([7]);
    }

    [Fact]
    public async Task WriteOnce_DeferredCommandFails_UndoesEverything()
    {
        await Should.ThrowAsync<Npgsql.PostgresException>(
            _host.Database.WriteOnceAsync(
                Request("r5"),
                (work, _) =>
                {
                    work.ExecuteOnCommit("INSERT INTO thing VALUES ('r5')");
                    work.ExecuteOnCommit("INSERT INTO thing VALUES ('r5')");
                    return Task.FromResult<byte[]>([]);
                },
                Stop));

        (await _host.ScalarAsync<long>("SELECT count(*) FROM thing WHERE id = 'r5'")).ShouldBe(0);
        (await _host.ScalarAsync<long>("SELECT count(*) FROM idempotency WHERE request_id = 'r5'")).ShouldBe(0);
    }

    [Fact]
    public async Task Audit_Written_CannotBeChanged()
    {
        await _host.Database.WriteOnceAsync(
            Request("r6"),
            (work, _) =>
            {
                work.Audit("thing.add", "thing", "r6", "140224", """{"why":"test"}""");
                return Task.FromResult<byte[]>([]);
            },
            Stop);

        (await _host.ScalarAsync<string>("SELECT caller_id || ' ' || method || ' ' || (detail->>'why') FROM audit")).ShouldBe("caller method test");
        foreach (var change in new[] { "UPDATE audit SET caller_id = 'x'", "DELETE FROM audit", "TRUNCATE audit" })
            (await Should.ThrowAsync<Npgsql.PostgresException>(_host.ExecuteAsync(change))).MessageText.ShouldContain("append-only");
    }

    private static WriteContext Request(string id, string payload = "payload") =>
        new("caller", "method") { RequestId = id, RequestHash = Encoding.UTF8.GetBytes(payload) };
}
