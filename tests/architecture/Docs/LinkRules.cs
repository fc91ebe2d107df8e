using System.Text.RegularExpressions;

namespace Jiceng.ArchitectureTests.Docs;

/// <summary>Links between documents, and the paths that they name, lead somewhere.</summary>
internal static partial class LinkRules
{
    /// <summary>Relative links of a Markdown file that lead to nothing.</summary>
    public static IEnumerable<string> Broken(SourceFile file, Func<string, bool> exists) =>
        from line in file.Extension == ".md" ? file.Lines : []
        from link in Link().Matches(line.Text)
        let target = link.Groups["target"].Value
        let path = System.IO.Path.GetFullPath(System.IO.Path.Combine("/", System.IO.Path.GetDirectoryName(file.Path) ?? "", target)).TrimStart('/')
        where !exists(path)
        select $"{file.Path}:{line.Number}: {target} leads nowhere.";

    /// <summary>Paths in backticks that begin with a folder of the repository and do not exist.</summary>
    public static IEnumerable<string> Missing(SourceFile file, Func<string, bool> exists) =>
        from line in file.Extension == ".md" ? file.Lines : []
        from path in Named().Matches(line.Text)
        where !exists(path.Groups["path"].Value.TrimEnd('/'))
        select $"{file.Path}:{line.Number}: {path.Groups["path"].Value} does not exist.";

    [GeneratedRegex(@"\]\((?<target>[^)#:\s]+)(#[^)]*)?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"`(?<path>(protos|services|libs|tools|deploy|tests|bench|data|docs)/[\w./-]*)`")]
    private static partial Regex Named();
}
