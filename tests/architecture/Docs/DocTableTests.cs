using Shouldly;
using Xunit;

namespace Jiceng.ArchitectureTests.Docs;

public sealed class DocTableTests
{
    private const string Text = "# T\n\n| Name | Code |\n| --- | --- |\n| a | 1 |\n| b | 2 |\n\nAfter.\n";
    private static readonly DocTable Table = new("docs/x.md", "Name", "Code");

    [Fact]
    public void Differences_SameRows_AreNone() => Table.Differences(Text, ["| a | 1 |", "| b | 2 |"]).ShouldBeEmpty();

    [Fact]
    public void Differences_OtherRows_SayWhatToRemoveAndAdd() =>
        Table.Differences(Text, ["| a | 1 |", "| c | 3 |"]).ShouldBe(["- | b | 2 |", "+ | c | 3 |"]);

    [Fact]
    public void Differences_OtherOrderOrTwice_AreTold()
    {
        Table.Differences(Text, ["| b | 2 |", "| a | 1 |"]).ShouldHaveSingleItem();
        Table.Differences(Text.Replace("| a | 1 |", "| a | 1 |\n| a | 1 |", StringComparison.Ordinal), ["| a | 1 |", "| b | 2 |"]).ShouldHaveSingleItem();
    }

    [Fact]
    public void Written_OtherRows_KeepsTheRest() =>
        Table.Written(Text, ["| c | 3 |"]).ShouldBe("# T\n\n| Name | Code |\n| --- | --- |\n| c | 3 |\n\nAfter.\n");

    [Fact]
    public void Find_NoTable_Throws() => Should.Throw<InvalidOperationException>(() => new DocTable("docs/x.md", "Other").Differences(Text, []));

    [Fact]
    public void Row_Bar_IsEscaped() => DocTable.Row("a|b", "c").ShouldBe("| a\\|b | c |");
}
