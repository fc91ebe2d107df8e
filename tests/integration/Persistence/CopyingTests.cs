using Jiceng.Persistence;
using Npgsql;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Persistence;

public sealed class CopyingTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Time = new(1969, 12, 31, 23, 59, 59, 999, 999, TimeSpan.FromHours(8));
    private PersistenceHost _host = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _host = await PersistenceHost.StartAsync();
        await _host.ExecuteAsync("CREATE TABLE copied (name text PRIMARY KEY, number bigint, time timestamptz)");
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Copy_MoreThanOneChunk_ReadsBackTheSame()
    {
        var rows = Enumerable.Range(0, 20_000).Select(i => (Name: $"{i}-名𠀀\u202e\t\n\\{new string('x', i % 300)}", Number: i % 2 == 0 ? long.MinValue + i : (long?)null)).ToList();
        await CopyAsync(rows, (row, value) =>
        {
            row.Add(value.Name);
            if (value.Number is { } number) row.Add(number);
            else row.AddNull();
            row.Add(Time);
        });

        var stored = new List<(string, long?)>();
        await using var command = _host.Source.CreateCommand("SELECT name, number, time FROM copied");
        await using var reader = await command.ExecuteReaderAsync(Stop);
        while (await reader.ReadAsync(Stop))
        {
            stored.Add((reader.GetString(0), await reader.IsDBNullAsync(1, Stop) ? null : reader.GetInt64(1)));
            reader.GetFieldValue<DateTimeOffset>(2).ShouldBe(Time);
        }

        stored.ToHashSet().SetEquals(rows).ShouldBeTrue();
        stored.Count.ShouldBe(rows.Count);
    }

    [Fact]
    public async Task Copy_NoRows_WritesNone()
    {
        await CopyAsync([], (_, _) => { });
        (await CountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Copy_FailsInTheMiddle_TellsItsOwnFailureAndKeepsNothing()
    {
        var rows = Enumerable.Range(0, 20_000).Select(i => (Name: $"{i}", Number: (long?)null)).ToList();

        (await Should.ThrowAsync<InvalidTimeZoneException>(CopyAsync(rows, (row, value) =>
        {
            if (value.Name == "15000") throw new InvalidTimeZoneException();
            row.Add(value.Name).AddNull().AddNull();
        }))).ShouldNotBeNull();
        (await CountAsync()).ShouldBe(0);

        using var stop = new CancellationTokenSource();
        await Should.ThrowAsync<OperationCanceledException>(CopyAsync(
            rows,
            (row, value) =>
            {
                if (value.Name == "15000") stop.Cancel();
                row.Add(value.Name).AddNull().AddNull();
            },
            stop.Token));
        (await CountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Copy_RowThatIsThere_IsAnErrorAndKeepsNothing()
    {
        await _host.ExecuteAsync("INSERT INTO copied (name) VALUES ('b')");

        var failure = await Should.ThrowAsync<PostgresException>(CopyAsync([("a", null), ("b", null)], (row, value) => row.Add(value.Name).AddNull().AddNull()));

        failure.ConstraintName.ShouldBe("copied_pkey");
        (await CountAsync()).ShouldBe(1);
    }

    private Task<int> CopyAsync(List<(string Name, long? Number)> rows, Action<CopyRow, (string Name, long? Number)> write, CancellationToken? token = null) =>
        _host.Database.WriteAsync(
            new WriteContext("caller", "method"),
            async (work, _) =>
            {
                await work.CopyAsync("copied", ["name", "number", "time"], rows, write, token ?? Stop);
                return 0;
            },
            Stop);

    private Task<long> CountAsync() => _host.ScalarAsync<long>("SELECT count(*) FROM copied");
}
