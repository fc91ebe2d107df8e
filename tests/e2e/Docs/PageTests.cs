using Shouldly;
using Xunit;

namespace Jiceng.EndToEndTests.Docs;

/// <summary>Claims of the pages that can be checked without a running suite.</summary>
public sealed class PageTests
{
    private static readonly MarkdownPage English = MarkdownPage.Read("README.md");
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
}
