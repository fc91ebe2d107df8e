using Shouldly;
using Xunit;

namespace Jiceng.ArchitectureTests.Source;

public sealed class TextRuleTests
{
    [Fact]
    public void TooLong_EveryFile_IsAtMost400Lines() => Broken(TextRules.TooLong).ShouldBeEmpty();

    [Fact]
    public void LeftOver_EveryFile_IsFinished() => Broken(TextRules.LeftOver).ShouldBeEmpty();

    [Fact]
    public void MachineBound_EveryFile_RunsAnywhere() => Broken(TextRules.MachineBound).ShouldBeEmpty();

    [Fact]
    public void WarningsOff_EveryFile_SaysWhy() => Broken(TextRules.WarningsOff).ShouldBeEmpty();

    [Fact]
    public void NamespaceElsewhere_EveryFileOfAService_FollowsItsFolder() => Broken(TextRules.NamespaceElsewhere).ShouldBeEmpty();

    [Theory]
    [InlineData("services/grid/Cases/Domain/Case.cs", "namespace Jiceng.Grid.Cases;", 1)]
    [InlineData("services/grid/Cases/Domain/Case.cs", "namespace Jiceng.Grid.Cases.Domain;", 0)]
    [InlineData("services/grid/GridModule.cs", "namespace Jiceng.Grid;", 0)]
    [InlineData("libs/Rpc/Require.cs", "namespace Jiceng.Elsewhere;", 0)]
    public void NamespaceElsewhere_Sample_IsFound(string path, string text, int expected) =>
        TextRules.NamespaceElsewhere(new SourceFile(path, text)).Count().ShouldBe(expected);

    [Theory]
    [InlineData("a/B.cs", 401, 1)]
    [InlineData("a/B.cs", 400, 0)]
    [InlineData("protos/b.proto", 500, 1)]
    [InlineData("jiceng", 401, 1)]
    [InlineData("docs/long.md", 900, 0)]
    public void TooLong_Sample_IsFound(string path, int lines, int expected) =>
        TextRules.TooLong(new SourceFile(path, string.Concat(Enumerable.Repeat("x\n", lines)))).Count().ShouldBe(expected);

    [Theory]
    [InlineData("a/B.cs", "// TO" + "DO: later", 1)]
    [InlineData("a/b.sql", "-- FIX" + "ME", 1)]
    [InlineData("a/B.cs", "throw new NotImplemented" + "Exception();", 1)]
    [InlineData("a/B.cs", "[Fact(Sk" + "ip = \"broken\")]", 1)]
    [InlineData("a/B.cs", "[Fact(Sk" + "ip = Why)]", 1)]
    [InlineData("a/B.cs", "[Fact(Sk" + "ip = Why, SkipUnless = nameof(IsDouble))]", 0)]
    [InlineData("a/B.cs", "[Fact(Expl" + "icit = true)]", 1)]
    [InlineData("a/B.cs", "items.Skip(3);", 0)]
    [InlineData("docs/a.md", "no TO" + "DO stays", 0)]
    public void LeftOver_Sample_IsFound(string path, string text, int expected) =>
        TextRules.LeftOver(new SourceFile(path, text)).Count().ShouldBe(expected);

    [Theory]
    [InlineData("a/b.sh", "cd /wo" + "rk/main", 1)]
    [InlineData("a/B.cs", "\"/ro" + "ot/.dapr\"", 1)]
    [InlineData("NuGet.config", "<configuration/>", 1)]
    [InlineData("a/b.json", "\"https://nex" + "us.corp.example/npm\"", 1)]
    [InlineData("a/b.yaml", "image: https://registry.k8s.io/pause", 0)]
    [InlineData("a/b.md", "services/grid/work/x and ~/home/x", 0)]
    public void MachineBound_Sample_IsFound(string path, string text, int expected) =>
        TextRules.MachineBound(new SourceFile(path, text)).Count().ShouldBe(expected);

    [Theory]
    [InlineData("#nullable dis" + "able", 1)]
    [InlineData("#pragma warning dis" + "able CA5394", 1)]
    [InlineData("#pragma warning dis" + "able CA5394 // spreads load", 0)]
    public void WarningsOff_Sample_IsFound(string text, int expected) =>
        TextRules.WarningsOff(new SourceFile("a/B.cs", text)).Count().ShouldBe(expected);

    private static IEnumerable<string> Broken(Func<SourceFile, IEnumerable<string>> rule) => Repository.Files.SelectMany(rule);
}
