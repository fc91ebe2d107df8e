using Shouldly;
using Xunit;

namespace Jiceng.ArchitectureTests.Docs;

public sealed class LinkTests
{
    /// <summary>The names that the checklist of a new service uses for it.</summary>
    private static readonly string[] Invented = ["services/xyz", "protos/jiceng/xyz", "deploy/dapr/xyz", "deploy/k8s/base/xyz"];

    [Fact]
    public void Links_EveryOne_LeadsSomewhere() => Repository.Files.SelectMany(file => LinkRules.Broken(file, Exists)).ShouldBeEmpty();

    [Fact]
    public void Paths_EveryOne_Exists() => Repository.Files.SelectMany(file => LinkRules.Missing(file, Exists)).ShouldBeEmpty();

    [Theory]
    [InlineData("[a](adr/none.md)", 1)]
    [InlineData("[a](../README.md#top) [b](https://example.org/x) [c](#here)", 0)]
    public void Broken_Sample_IsFound(string text, int expected) =>
        LinkRules.Broken(new SourceFile("docs/a.md", text), path => path == "README.md").Count().ShouldBe(expected);

    [Theory]
    [InlineData("`libs/Nothing/`", 1)]
    [InlineData("`libs/Domain` and `grid/Cases`", 0)]
    public void Missing_Sample_IsFound(string text, int expected) =>
        LinkRules.Missing(new SourceFile("docs/a.md", text), path => path == "libs/Domain").Count().ShouldBe(expected);

    private static bool Exists(string path) => Path.Exists(Path.Combine(Repository.Root, path))
        || Invented.Any(prefix => path.StartsWith(prefix, StringComparison.Ordinal));
}
