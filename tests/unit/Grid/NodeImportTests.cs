using Jiceng.Domain;
using Jiceng.Grid.Nodes.Domain;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Grid;

public sealed class NodeImportTests
{
    private static readonly PlaceScope Township = PlaceScope.Of([PlaceCode.Parse("140224205")]);

    [Fact]
    public void Settle_GoodRowsInAnyOrder_ParentsComeFirst()
    {
        var import = new NodeImport(Township);
        import.Add(new ImportRow(2, "140224205201001", "一组"));
        import.Add(new ImportRow(3, "140224205201", "赵北村"));
        import.Add(new ImportRow(4, "140224205", "赵北乡"));
        import.ParentsToFind().ShouldBe([PlaceCode.Parse("140224")]);
        var (good, refused) = import.Settle(new HashSet<PlaceCode> { PlaceCode.Parse("140224") });
        good.Select(row => row.Line).ShouldBe([4, 3, 2]);
        refused.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("14022420520", "赵北乡", "PLACE_CODE_INVALID")]
    [InlineData("14022420A", "赵北乡", "PLACE_CODE_INVALID")]
    [InlineData("１４０２２４２０５", "赵北乡", "PLACE_CODE_INVALID")]
    [InlineData("1402", "大同市", "NODE_LEVEL_INVALID")]
    [InlineData("140224100", "武灵镇", "OUT_OF_SCOPE")]
    [InlineData("140224205", "", "NODE_NAME_INVALID")]
    [InlineData("140224205", "  ", "NODE_NAME_INVALID")]
    [InlineData("140224205999001", "一组", "NODE_PARENT_MISSING")]
    public void Settle_BadRow_IsRefusedByItsLineAndReason(string code, string name, string reason)
    {
        var import = new NodeImport(Township);
        import.Add(new ImportRow(7, code, name));
        var (good, refused) = import.Settle(new HashSet<PlaceCode> { PlaceCode.Parse("140224") });
        good.ShouldBeEmpty();
        var row = refused.ShouldHaveSingleItem();
        row.Row.Line.ShouldBe(7);
        row.Refusal.Reason.Reason.ShouldBe(reason);
    }

    [Fact]
    public void Settle_CodeTwice_KeepsTheFirstAndNamesItsLine()
    {
        var import = new NodeImport(Township);
        import.Add(new ImportRow(2, "140224205", "赵北乡"));
        import.Add(new ImportRow(9, "140224205", "赵北镇"));
        var (good, refused) = import.Settle(new HashSet<PlaceCode> { PlaceCode.Parse("140224") });
        good.ShouldHaveSingleItem().Name.ShouldBe("赵北乡");
        refused.ShouldHaveSingleItem().Refusal.Metadata["first_line"].ShouldBe("2");
    }

    [Fact]
    public void Settle_RefusedParent_TakesItsChildrenAlong()
    {
        var import = new NodeImport(Township);
        import.Add(new ImportRow(2, "140224205201", ""));
        import.Add(new ImportRow(3, "140224205201001", "一组"));
        var (good, refused) = import.Settle(new HashSet<PlaceCode>());
        good.ShouldBeEmpty();
        refused.Select(row => row.Row.Line).ShouldBe([2, 3]);
    }

    [Fact]
    public void Provinces_RefusedRows_DoNotCount()
    {
        var import = new NodeImport(PlaceScope.Of([PlaceCode.Parse("14"), PlaceCode.Parse("61")]));
        import.Add(new ImportRow(2, "140224205", "赵北乡"));
        import.Add(new ImportRow(3, "140224206", "石家田乡"));
        import.Add(new ImportRow(4, "610113", ""));
        import.Provinces().ShouldBe([PlaceCode.Parse("14")]);
    }

    [Fact]
    public void Settle_Twice_SaysTheSame()
    {
        var import = new NodeImport(Township);
        import.Add(new ImportRow(2, "140224205201", "赵北村"));
        import.Settle(new HashSet<PlaceCode>());
        import.Settle(new HashSet<PlaceCode>()).Refused.Count.ShouldBe(1);
    }
}
