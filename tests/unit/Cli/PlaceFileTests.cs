using Jiceng.Cli;
using Jiceng.Cli.Import;
using Shouldly;
using Xunit;

namespace Jiceng.UnitTests.Cli;

public sealed class PlaceFileTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData("a,b", new[] { "a", "b" })]
    [InlineData("a,", new[] { "a", "" })]
    [InlineData("", new[] { "" })]
    [InlineData("\"a,b\",c", new[] { "a,b", "c" })]
    [InlineData("\"say \"\"yes\"\"\",\"\"", new[] { "say \"yes\"", "" })]
    public void Fields_ValidLine_AreSplit(string line, string[] expected) => PlaceFile.Fields(line).ShouldBe(expected);

    [Theory]
    [InlineData("\"a,b")]
    [InlineData("\"a\"b,c")]
    public void Fields_InvalidQuotes_AreNull(string line) => PlaceFile.Fields(line).ShouldBeNull();

    [Fact]
    public void Read_InvalidLines_AreReportedAndTheOthersKept()
    {
        File.WriteAllText(_path, "code,name\n140224,灵丘县\n140224205,\"赵北乡\n140224206\n\n140224207,柳科乡\n");

        var file = PlaceFile.Read(_path);

        file.Rows.Select(r => (r.Line, r.Code)).ShouldBe([(2, "140224"), (6, "140224207")]);
        file.Broken.Select(b => b.Line).ShouldBe([3, 4]);
    }

    [Fact]
    public void Read_ColumnsInAnotherOrder_AreFoundByName()
    {
        File.WriteAllText(_path, "name,note,code\n灵丘县,x,140224\n");

        var row = PlaceFile.Read(_path).Rows.ShouldHaveSingleItem();

        (row.Code, row.Name).ShouldBe(("140224", "灵丘县"));
    }

    [Fact]
    public void Read_NoHeader_ReportsRequiredColumns()
    {
        File.WriteAllText(_path, "140224,灵丘县\n");
        Should.Throw<CliException>(() => PlaceFile.Read(_path)).Message.ShouldContain("code and name");
    }
}
