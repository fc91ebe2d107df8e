using System.Text.RegularExpressions;
using Jiceng.Cli;

namespace Jiceng.EndToEndTests.Docs;

/// <summary>A fenced block of a page.</summary>
/// <param name="Language">Language of the fence: tests execute sh, but not console and text.</param>
/// <param name="Text">Its lines.</param>
/// <param name="Contains">
/// Required parts of its output, from the preceding comment: &lt;!-- test: contains=one|another --&gt;
/// </param>
/// <param name="File">File that it is an excerpt of, from the preceding comment: &lt;!-- file: path --&gt;; empty if it is none.</param>
internal sealed record FencedBlock(string Language, string Text, IReadOnlyList<string> Contains, string File);

/// <summary>A documentation page in the repository.</summary>
/// <param name="Path">Path from the root, with forward slashes.</param>
/// <param name="Text">The whole page.</param>
internal sealed partial record MarkdownPage(string Path, string Text)
{
    public static string Root { get; } = Workspace.Find(null).Root;

    public IReadOnlyList<FencedBlock> Blocks { get; } =
    [
        .. Fence().Matches(Text).Select(block => new FencedBlock(
            block.Groups["language"].Value, block.Groups["text"].Value, block.Groups["contains"].Success ? block.Groups["contains"].Value.Split('|') : [],
            block.Groups["file"].Value)),
    ];

    public static MarkdownPage Read(string path) => new(path, File.ReadAllText(System.IO.Path.Combine(Root, path)));

    [GeneratedRegex(@"(<!-- test: contains=(?<contains>.+?) -->\n|<!-- file: (?<file>.+?) -->\n)?^```(?<language>\w*)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();
}
