using Jiceng.Domain;
using Jiceng.Persistence;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Persistence;

public sealed class NamedCommandTests
{
    private static readonly DateTimeOffset Morning = new(2026, 3, 31, 8, 0, 0, TimeSpan.FromHours(8));

    [Fact]
    public void Of_NamedParameters_BecomePositionalInTheOrderOfTheirFirstUse()
    {
        var command = NamedCommand.Of(
            "INSERT INTO t VALUES (@Id, @text::jsonb, @Day) ON CONFLICT (id) DO UPDATE SET text = @text, seen = '{}' @> tags",
            new { unused = 1, Day = new DateOnly(2026, 3, 31), text = "{}", Id = 7L });

        command.CommandText.ShouldBe("INSERT INTO t VALUES ($1, $2::jsonb, $3) ON CONFLICT (id) DO UPDATE SET text = $2, seen = '{}' @> tags");
        command.Parameters.Select(parameter => parameter.Value).ShouldBe([7L, "{}", new DateOnly(2026, 3, 31)]);
    }

    [Fact]
    public void Of_TypesOfTheDomain_AreSentAsTheColumnsKeepThem()
    {
        var command = NamedCommand.Of("SELECT @Place, @Level, @Time, @Nothing", new { Place = PlaceCode.Parse("140224"), Level = PlaceLevel.MicroGrid, Time = Morning, Nothing = (int?)null });

        command.Parameters.Select(parameter => parameter.Value).ShouldBe(["140224", "micro_grid", Morning.ToUniversalTime(), DBNull.Value]);
    }

    [Fact]
    public void Of_EachCombinationOfNulls_HasATextOfItsOwn()
    {
        string Text(int? first, int? second) => NamedCommand.Of("SELECT @first, @second", new { first, second }).CommandText;

        new[] { Text(1, 1), Text(null, 1), Text(1, null), Text(null, null) }.ShouldBeUnique();
        Text(null, 1).ShouldBe(Text(null, 2));
    }

    [Fact]
    public void Of_EnumValueThatIsNotDefined_IsRefused() =>
        Should.Throw<KeyNotFoundException>(() => NamedCommand.Of("SELECT @Level", new { Level = (PlaceLevel)7 })).Message.ShouldContain("7");

    [Fact]
    public void Of_ParameterWithoutProperty_IsRefused() =>
        Should.Throw<ArgumentException>(() => NamedCommand.Of("SELECT @id, @name", new { id = 1 })).Message.ShouldContain("@name");
}
