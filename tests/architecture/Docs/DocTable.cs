using Shouldly;

namespace Jiceng.ArchitectureTests.Docs;

/// <summary>A table in a document that says what the code says. <c>JICENG_WRITE_DOCS=1</c> writes it anew.</summary>
/// <param name="path">The document, from the root.</param>
/// <param name="columns">The table's columns; no other table of the document has the same.</param>
internal sealed class DocTable(string path, params string[] columns)
{
    private readonly string _header = Row(columns);

    /// <summary>One line of a table.</summary>
    public static string Row(params IEnumerable<string> cells) =>
        $"| {string.Join(" | ", cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal)))} |";

    /// <summary>Fails unless the table holds these rows in this order, or writes them when asked to.</summary>
    public void HoldEqual(IReadOnlyList<string> rows)
    {
        var text = Repository.Read(path);
        if (DocFile.Write(path, () => Written(text, rows))) return;

        var differences = Differences(text, rows);
        differences.ShouldBeEmpty($"{path} differs from the code (JICENG_WRITE_DOCS=1 writes it):\n{string.Join('\n', differences)}");
    }

    /// <summary>Lines to remove from the table (-) and to add to it (+).</summary>
    public IReadOnlyList<string> Differences(string text, IReadOnlyList<string> rows)
    {
        var (start, end, lines) = Find(text);
        var there = lines[start..end];
        List<string> differences = [.. there.Except(rows).Select(row => $"- {row}"), .. rows.Except(there).Select(row => $"+ {row}")];
        return differences.Count == 0 && !there.SequenceEqual(rows) ? ["The rows are the same in another order, or one stands twice."] : differences;
    }

    /// <summary>The document with these rows in the table.</summary>
    public string Written(string text, IEnumerable<string> rows)
    {
        var (start, end, lines) = Find(text);
        return string.Join('\n', (string[])[.. lines[..start], .. rows, .. lines[end..]]);
    }

    private (int Start, int End, string[] Lines) Find(string text)
    {
        var lines = text.Split('\n');
        var at = Array.IndexOf(lines, _header);
        if (at < 0 || at + 1 >= lines.Length || !lines[at + 1].StartsWith("| -", StringComparison.Ordinal))
            throw new InvalidOperationException($"{path} has no table with the head {_header}");
        var end = at + 2;
        while (end < lines.Length && lines[end].StartsWith('|')) end++;
        return (at + 2, end, lines);
    }
}
