using Shouldly;
using Xunit;

namespace Jiceng.ArchitectureTests.Source;

public sealed class ProseRuleTests
{
    [Fact]
    public void Translated_EveryFile_ReadsAsNativeEnglish() => Repository.Files.SelectMany(ProseRules.Translated).ShouldBeEmpty();

    [Theory]
    [InlineData("docs/a.md", "a file in pla" + "ce of a table", 1)]
    [InlineData("protos/a.proto", "// Callers are to" + "ld by reflection.", 1)]
    [InlineData("a/B.cs", "/// <summary>Tel" + "ls what it has.</summary>", 1)]
    [InlineData("a/B.cs", "// Sa" + "id once, besi" + "de the other.", 2)]
    [InlineData("docs/a.md", "For whoev" + "er calls.", 1)]
    [InlineData("docs/a.md", "Besides, it returns the list instead of an error, as told.", 0)]
    [InlineData("data/a.json", "in pla" + "ce of", 0)]
    public void Translated_Sample_IsFound(string path, string text, int expected) =>
        ProseRules.Translated(new SourceFile(path, text)).Count().ShouldBe(expected);
}
