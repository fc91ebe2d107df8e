using System.Text;
using Jiceng.Grid.V1;

namespace Jiceng.Cli.Import;

/// <summary>
/// A CSV file of places (RFC 4180, UTF-8) with the columns code and name; other columns are ignored. A record is one line: a quote that is
/// not closed spoils its own line and not the rest of the file.
/// </summary>
/// <param name="Rows">The rows that can be read, with their lines.</param>
/// <param name="Broken">The lines that cannot, with what is wrong.</param>
internal sealed record PlaceFile(IReadOnlyList<NodeRow> Rows, IReadOnlyList<(int Line, string Fault)> Broken)
{
    public static PlaceFile Read(string path)
    {
        if (!File.Exists(path)) throw new CliException($"There is no file {path}.", Exit.Usage);
        var lines = File.ReadAllLines(path);
        var header = lines.Length > 0 && Fields(lines[0]) is { } first ? first.ToList() : [];
        var (code, name) = (header.IndexOf("code"), header.IndexOf("name"));
        if (code < 0 || name < 0) throw new CliException($"{path}: the first line must contain the columns code and name.", Exit.Usage);

        var rows = new List<NodeRow>();
        var broken = new List<(int, string)>();
        for (var i = 1; i < lines.Length; i++)
        {
            if (lines[i].Length == 0) continue;
            if (Fields(lines[i]) is not { } fields) broken.Add((i + 1, "a quote is not closed, or text follows a closing quote"));
            else if (fields.Count != header.Count) broken.Add((i + 1, $"{fields.Count} columns; expected {header.Count}"));
            else rows.Add(new NodeRow { Line = i + 1, Code = fields[code].Trim(), Name = fields[name].Trim() });
        }

        return new PlaceFile(rows, broken);
    }

    /// <summary>The fields of a line, or null when its quotes are wrong.</summary>
    internal static IReadOnlyList<string>? Fields(string line)
    {
        var fields = new List<string>();
        var at = 0;
        while (true)
        {
            if (at < line.Length && line[at] == '"')
            {
                if (Quoted(line, ref at) is not { } text) return null;
                fields.Add(text);
            }
            else
            {
                var end = line.IndexOf(',', at);
                fields.Add(line[at..(end < 0 ? line.Length : end)]);
                at = end < 0 ? line.Length : end;
            }

            if (at == line.Length) return fields;
            if (line[at++] != ',') return null;
        }
    }

    private static string? Quoted(string line, ref int at)
    {
        var text = new StringBuilder();
        for (at++; at < line.Length; at++)
        {
            if (line[at] != '"') text.Append(line[at]);
            else if (at + 1 < line.Length && line[at + 1] == '"') text.Append(line[at++]);
            else
            {
                at++;
                return text.ToString();
            }
        }

        return null;
    }
}
