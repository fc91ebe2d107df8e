using System.Reflection;
using System.Text.Json;
using Jiceng.Messaging;
using Jiceng.Persistence;
using Jiceng.TestSupport;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Migrations;

/// <summary>
/// While a release is rolled out, and after it is rolled back, the services before it work on the schema after it (CONTRIBUTING.md). Checked by what
/// PostgreSQL says of both schemas, and by the statements that the release really sent.
/// </summary>
public sealed class ReleaseTests : IAsyncLifetime
{
    /// <summary>Triggers on tables of the release that do what it may not see, each with why.</summary>
    private static readonly Dictionary<string, string> Harmless = new()
    {
        ["grid_case.grid_case_added"] = "notes the change in case_delta, a table that the release does not know",
        ["grid_case.grid_case_moved"] = "the same",
        ["case_step.case_step_sent_back"] = "the same",
    };

    private readonly List<NpgsqlDataSource> _sources = [];

    public static TheoryData<string> Services => ["cadre", "grid", "scoring"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var source in _sources) await source.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Services))]
    public async Task Schema_OfNow_BreaksNothingOfTheRelease(string service)
    {
        var released = await Schema.ReadAsync(await MigratedAsync(service, Released()), Token);
        released.Columns.Count.ShouldBeGreaterThan(30);
        var now = await Schema.ReadAsync(await MigratedAsync(service, null), Token);
        Schema.Breaks(released, now).Where(text => !Harmless.Keys.Any(name => text.StartsWith($"{name} is new and runs", StringComparison.Ordinal))).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Services))]
    public async Task Statements_OfTheRelease_AreUnderstood(string service)
    {
        var statements = Read<Dictionary<string, string[]>>("statements.json")[service];
        var (then, now) = (await MigratedAsync(service, Released()), await MigratedAsync(service, null));
        foreach (var statement in statements)
        {
            (await RefusalAsync(then, statement)).ShouldBeNull($"on the release's own schema: {statement}");
            (await RefusalAsync(now, statement)).ShouldBeNull(statement);
        }
    }

    [Theory]
    [InlineData("ALTER TABLE one DROP COLUMN b", "one.b is gone")]
    [InlineData("ALTER TABLE one RENAME COLUMN b TO d", "one.b is gone")]
    [InlineData("ALTER TABLE one ALTER COLUMN b TYPE bigint", "one.b was integer and is bigint")]
    [InlineData("ALTER TABLE one ALTER COLUMN b SET NOT NULL", "one.b could be null, which is refused now")]
    [InlineData("ALTER TABLE one ALTER COLUMN c DROP NOT NULL", "one.c was never null, and may be now")]
    [InlineData("ALTER TABLE one ALTER COLUMN c DROP DEFAULT", "one.c had a default")]
    [InlineData("ALTER TABLE one ADD COLUMN d int NOT NULL", "one.d is new and has to be given, which a service of the release does not")]
    [InlineData("ALTER TABLE one ADD CHECK (b > 0)", "one.one_b_check is new and may refuse what a service of the release writes: CHECK ((b > 0))")]
    [InlineData("CREATE UNIQUE INDEX u ON one (b)", "one.u is new and may refuse what a service of the release writes: CREATE UNIQUE INDEX u ON public.one USING btree (b)")]
    [InlineData("ALTER TABLE one RENAME CONSTRAINT one_pkey TO first", "one.one_pkey is gone: PRIMARY KEY (a)")]
    [InlineData("DROP FUNCTION f(int)", "f(integer) returns integer is gone")]
    [InlineData("ALTER TABLE one ADD COLUMN d int; CREATE TABLE two (e int NOT NULL); CREATE INDEX ON one (b)", null)]
    public async Task Breaks_SampleOfAMigration_IsFound(string migration, string? expected)
    {
        const string Before = "CREATE TABLE one (a int PRIMARY KEY, b int, c int NOT NULL DEFAULT 1); CREATE FUNCTION f(n int) RETURNS int LANGUAGE sql AS 'SELECT n';";
        var (then, now) = (await SourceAsync(), await SourceAsync());
        foreach (var (source, sql) in new[] { (then, Before), (now, Before + migration) })
        {
            await using var command = source.CreateCommand(sql);
            await command.ExecuteNonQueryAsync(Token);
        }

        var breaks = Schema.Breaks(await Schema.ReadAsync(then, Token), await Schema.ReadAsync(now, Token)).ToList();
        if (expected is null) breaks.ShouldBeEmpty();
        else breaks.ShouldContain(expected);
    }

    private static Dictionary<string, int> Released() => Read<ReleaseFile>("released.json").Migrations;

    /// <summary>Why PostgreSQL does not understand a statement; null when it does.</summary>
    private static async Task<string?> RefusalAsync(NpgsqlDataSource source, string statement)
    {
        await using var connection = await source.OpenConnectionAsync(Token);
        try
        {
            await using var prepare = new NpgsqlCommand($"PREPARE release AS {statement}", connection);
            await prepare.ExecuteNonQueryAsync(Token);
            await using var forget = new NpgsqlCommand("DEALLOCATE release", connection);
            await forget.ExecuteNonQueryAsync(Token);
            return null;
        }
        catch (PostgresException refused)
        {
            return refused.MessageText;
        }
    }

    private static T Read<T>(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Jiceng.IntegrationTests.Migrations.{name}");
        return JsonSerializer.Deserialize<T>(stream.ShouldNotBeNull(name), JsonSerializerOptions.Web)!;
    }

    /// <summary>A database with the migrations of a service, up to those of a release or all.</summary>
    private async Task<NpgsqlDataSource> MigratedAsync(string service, Dictionary<string, int>? upTo)
    {
        var sets = new[] { ("persistence", typeof(Migrator).Assembly, 0), ("messaging", typeof(MessagingRegistration).Assembly, 1), (service, Assembly.Load($"Jiceng.{char.ToUpperInvariant(service[0])}{service[1..]}"), 2) }
            .Select(one => MigrationSet.From(one.Item1, one.Item2, one.Item3))
            .Select(set => MigrationSet.From(set.Name, set.Migrations.Where(file => upTo is null || file.Version <= upTo[set.Name]), set.Order));
        var source = await SourceAsync();
        await new Migrator(source, sets, TimeProvider.System, NullLogger<Migrator>.Instance).RunAsync(Token);
        return source;
    }

    private async Task<NpgsqlDataSource> SourceAsync()
    {
        var postgres = await PostgresServer.SharedAsync();
        var source = NpgsqlDataSource.Create(await postgres.CreateDatabaseAsync());
        _sources.Add(source);
        return source;
    }

    private sealed record ReleaseFile(string Release, Dictionary<string, int> Migrations);
}
