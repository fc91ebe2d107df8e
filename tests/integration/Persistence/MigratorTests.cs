using Jiceng.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Persistence;

public sealed class MigratorTests : IAsyncLifetime
{
    private static readonly Migration One = new(1, "0001_one", "CREATE TABLE one (n int); INSERT INTO one VALUES (1);");
    private static readonly Migration Two = new(2, "0002_two", "ALTER TABLE one ADD COLUMN m int");
    private PersistenceHost _host = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await PersistenceHost.StartAsync(migrate: false);

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Run_FourAtOnce_ApplyEachFileOnce()
    {
        var applied = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Migrate(One, Two)));

        applied.Order().ShouldBe([0, 0, 0, 2]);
        (await _host.ScalarAsync<long>("SELECT count(*) FROM one")).ShouldBe(1);
    }

    [Fact]
    public async Task Health_BeforeAndAfterMigrating_TellsTheDifference()
    {
        var health = _host.Services.GetRequiredService<DatabaseHealth>();
        (await health.CheckHealthAsync(new(), Stop)).Description.ShouldBe("the database is not migrated");

        await _host.Services.GetRequiredService<Migrator>().RunAsync(Stop);

        (await health.CheckHealthAsync(new(), Stop)).Status.ShouldBe(HealthStatus.Healthy);
    }

    [Fact]
    public async Task Run_Again_AppliesOnlyWhatIsNew()
    {
        (await Migrate(One)).ShouldBe(1);
        (await Migrate(One with { Sql = One.Sql.ReplaceLineEndings("\r\n") }, Two)).ShouldBe(1);
    }

    [Fact]
    public async Task Run_AppliedFileChanged_IsRefusedAndAppliesNothing()
    {
        await Migrate(One);

        var refused = await Should.ThrowAsync<InvalidOperationException>(Migrate(new Migration(1, One.Name, One.Sql + " -- changed"), Two));

        refused.Message.ShouldContain("test/0001_one was changed");
        (await _host.ScalarAsync<long>("SELECT count(*) FROM schema_migration")).ShouldBe(1);
    }

    [Fact]
    public async Task Run_FileAddedBeforeAnAppliedOne_IsRefused()
    {
        await Migrate(One, Two);
        await _host.ExecuteAsync("DELETE FROM schema_migration WHERE version = 1");

        (await Should.ThrowAsync<InvalidOperationException>(Migrate(One, Two))).Message.ShouldContain("0001_one is not applied but 0002_two is");
    }

    [Fact]
    public async Task Run_FileFails_LeavesNothingOfItAndKeepsThoseBefore()
    {
        var broken = new Migration(2, "0002_broken", "CREATE TABLE two (n int); SELECT 1 / 0;");
        await Should.ThrowAsync<Npgsql.PostgresException>(Migrate(One, broken));

        (await _host.ScalarAsync<bool>("SELECT to_regclass('one') IS NOT NULL AND to_regclass('two') IS NULL")).ShouldBeTrue();
        (await Migrate(One, Two)).ShouldBe(1);
    }

    [Fact]
    public async Task Run_TwoSets_LowerOrderFirst()
    {
        var first = MigrationSet.From("first", [One], 0);
        var second = MigrationSet.From("second", [new Migration(1, "0001_uses_one", "INSERT INTO one VALUES (2)")], 1);
        var migrator = new Migrator(_host.Source, [second, first], TimeProvider.System, NullLogger<Migrator>.Instance);

        (await migrator.RunAsync(Stop)).ShouldBe(2);
    }

    [Fact]
    public void From_NumberLeftOut_IsRefused() => Should
        .Throw<InvalidOperationException>(() => MigrationSet.From("test", [One, new Migration(3, "0003_three", "")], 0))
        .Message.ShouldContain("0003_three stands where number 0002");

    private Task<int> Migrate(params Migration[] migrations) =>
        new Migrator(_host.Source, [MigrationSet.From("test", migrations, 0)], TimeProvider.System, NullLogger<Migrator>.Instance).RunAsync(Stop);
}
