using System.Text.RegularExpressions;

namespace Jiceng.ArchitectureTests.Source;

/// <summary>Phrases that read as translated word by word, with what a native writer puts. Each finding names the place.</summary>
internal static partial class ProseRules
{
    private static readonly string[] Prose = [".md", ".proto", ".cs", ".yaml", ".sh"];

    public static IEnumerable<string> Translated(SourceFile file)
    {
        if (!Prose.Contains(file.Extension)) yield break;
        foreach (var line in file.Lines)
        {
            foreach (Match match in Phrase().Matches(line.Text))
                yield return $"{file.Path}:{line.Number}: '{match.Value}': {Instead(match)}.";
        }
    }

    private static string Instead(Match match) => match.Groups.Values.Single(group => group is { Success: true, Name.Length: > 1 }).Name switch
    {
        "instead" => "write 'instead of'",
        "told" => "say who returns, reports, publishes or receives it",
        "tells" => "write 'returns', 'reports', 'lists' or 'contains'",
        "once" => "write 'extract'",
        "next" => "write 'next to', 'with' or 'compared with'",
        _ => "name who it is",
    };

    // The character classes keep this file from breaking its own rule.
    [GeneratedRegex(@"\b(?<instead>in pla[c]e of)\b|\b(?<told>(is|are|was|were|be|been|being) t[o]ld)\b|\b(?<tells>tell[s]? (what|which|whether|who|those|how|by))\b|\b(?<once>sa(y|ys|id) onc[e])\b|\b(?<next>besid[e])\b|\b(?<who>whoeve[r])\b", RegexOptions.IgnoreCase)]
    private static partial Regex Phrase();
}
