using System.Text.RegularExpressions;
using Jiceng.Cli;

namespace Jiceng.EndToEndTests.Docs;

/// <summary>A fenced block of a page.</summary>
/// <param name="Language">What stands behind the fence: sh is executed by a test, console and text are not.</param>
/// <param name="Text">Its lines.</param>
/// <param name="Contains">
/// What its output has to hold, from the comment before it: &lt;!-- test: contains=one|another --&gt;
/// </param>
internal sealed record FencedBlock(string Language, string Text, IReadOnlyList<string> Contains);

/// <summary>A page of documentation in the repository.</summary>
/// <param name="Path">From the root, with forward slashes.</param>
/// <param name="Text">The whole page.</param>
internal sealed partial record MarkdownPage(string Path, string Text)
{
    public static string Root { get; } = Workspace.Find(null).Root;

    public IReadOnlyList<FencedBlock> Blocks { get; } =
    [
        .. Fence().Matches(Text).Select(block => new FencedBlock(
            block.Groups["language"].Value, block.Groups["text"].Value, block.Groups["contains"].Success ? block.Groups["contains"].Value.Split('|') : [])),
    ];

    public static MarkdownPage Read(string path) => new(path, File.ReadAllText(System.IO.Path.Combine(Root, path)));

    [GeneratedRegex(@"(<!-- test: contains=(?<contains>.+?) -->\n)?^```(?<language>\w*)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();
}
