using Shouldly;
using Xunit;

namespace Jiceng.EndToEndTests.Docs;

/// <summary>Claims of the pages that can be checked without a running suite.</summary>
public sealed class PageTests
{
    private static readonly MarkdownPage English = MarkdownPage.Read("README.md");
    private static readonly MarkdownPage Feature = MarkdownPage.Read("docs/adding-a-feature.md");
    private static readonly MarkdownPage Chinese = MarkdownPage.Read("README.zh-CN.md");

    [Fact]
    public void ShellBlocks_BothReadmes_AreTheSame()
    {
        static IEnumerable<string> Shell(MarkdownPage page) =>
            page.Blocks.Where(block => block.Language == "sh").Select(block => $"{block.Text}{string.Join('|', block.Contains)}");

        Shell(English).ShouldNotBeEmpty();
        Shell(Chinese).ShouldBe(Shell(English));
    }

    [Fact]
    public void CSharpBlock_BothReadmes_MatchesCompiledExample()
    {
        var program = File.ReadAllText(Path.Combine(MarkdownPage.Root, "docs/examples/first-call/Program.cs"));
        foreach (var page in (MarkdownPage[])[English, Chinese])
            page.Blocks.Single(block => block.Language == "csharp").Text.ShouldBe(program, page.Path);
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("README.zh-CN.md")]
    [InlineData("docs/api.md")]
    [InlineData("docs/runbook.md")]
    public void Example_AfterShellBlock_ShowsTheCheckedOutput(string path)
    {
        var page = MarkdownPage.Read(path);
        foreach (var (block, next) in page.Blocks.Zip(page.Blocks.Skip(1)).Where(pair => pair.First.Language == "sh" && pair.Second.Language == "text"))
        {
            block.Contains.ShouldNotBeEmpty($"{path}: an output is shown for this block, but the test checks no part of it:\n{block.Text}");
            foreach (var part in block.Contains) next.Text.ShouldContain(part, customMessage: path);
        }
    }

    [Fact]
    public void Excerpts_OfTheFeature_AreInTheirFiles()
    {
        var excerpts = Feature.Blocks.Where(block => block.File.Length > 0).ToList();
        excerpts.ShouldNotBeEmpty();
        Feature.Blocks.Where(block => block.Language is "csharp" or "proto" or "sql").ShouldAllBe(block => block.File.Length > 0);
        foreach (var excerpt in excerpts) File.ReadAllText(Path.Combine(MarkdownPage.Root, excerpt.File)).ShouldContain(excerpt.Text, Case.Sensitive, excerpt.File);
    }

    [Fact]
    public void Lines_OfTheFeature_AreThoseOfItsFilesAndAtMost350()
    {
        var folder = Path.Combine(MarkdownPage.Root, "services/cadre/Liaisons");
        var files = Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Select(file => (Name: Path.GetRelativePath(folder, file).Replace('\\', '/'), Lines: File.ReadLines(file).Count()))
            .Append(("CadreModule.cs", File.ReadLines(Path.Combine(MarkdownPage.Root, "services/cadre/CadreModule.cs")).Count(line => line.Contains("Liaison", StringComparison.Ordinal))))
            .ToList();
        var total = files.Sum(file => file.Item2);

        total.ShouldBeLessThanOrEqualTo(350);
        Feature.Text.ShouldContain($"costs {total} lines");
        Feature.Text[Feature.Text.IndexOf("| File | Lines |", StringComparison.Ordinal)..].Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(2)
            .ShouldBe([.. files.Select(file => $"| {file.Item1} | {file.Item2} |"), $"| **together** | **{total}** |"], ignoreOrder: true);
    }
}
