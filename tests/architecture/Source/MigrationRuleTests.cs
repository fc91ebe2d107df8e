using Shouldly;
using Xunit;

namespace Jiceng.ArchitectureTests.Source;

public sealed class MigrationRuleTests
{
    [Fact]
    public void Misnumbered_EveryMigration_FollowsTheOneBefore() =>
        MigrationRules.Misnumbered(Repository.Files.Select(file => file.Path)).ShouldBeEmpty();

    [Theory]
    [InlineData("s/migrations/0001_a.sql s/migrations/0002_b.sql", 0)]
    [InlineData("s/migrations/0001_a.sql s/migrations/0003_b.sql", 1)]
    [InlineData("s/migrations/0001_a.sql s/migrations/0001_b.sql", 1)]
    [InlineData("s/migrations/1_a.sql", 1)]
    [InlineData("s/migrations/0001_a.sql s/migrations/readme.md", 1)]
    public void Misnumbered_Sample_IsFound(string paths, int expected) =>
        MigrationRules.Misnumbered(paths.Split(' ')).Count().ShouldBe(expected);
}
