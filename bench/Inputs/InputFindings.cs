using System.Globalization;
using System.Text;
using Jiceng.Cli;
using Spectre.Console;

namespace Jiceng.Bench.Inputs;

/// <summary>Counts the outcomes of inputs and keeps the unacceptable ones.</summary>
internal sealed class InputFindings(string folder)
{
    private const int MaxShown = 3;
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, SortedDictionary<string, int>> _counts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> _found = new(StringComparer.Ordinal);

    private readonly HashSet<string> _methods = new(StringComparer.Ordinal);

    public int Total => _found.Values.Sum(texts => texts.Count);

    /// <summary>Number of inputs answered.</summary>
    public int Answered => _counts.Values.Sum(row => row.Values.Sum());

    /// <summary>Number of texts read back and compared.</summary>
    public int Compared { get; private set; }

    public IEnumerable<string> Lines => _found.SelectMany(kind => kind.Value.Take(MaxShown).Append(kind.Value.Count > MaxShown ? $"… {kind.Value.Count} in all: {kind.Key}" : "")).Where(line => line.Length > 0);

    /// <summary>Number of methods called.</summary>
    public int Methods => _methods.Count;

    public void Count(string row, string outcome, string? method = null)
    {
        lock (_gate)
        {
            if (method is not null) _methods.Add(method);
            if (!_counts.TryGetValue(row, out var outcomes)) _counts[row] = outcomes = new SortedDictionary<string, int>(StringComparer.Ordinal);
            outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
        }
    }

    public void Read(int compared)
    {
        lock (_gate) Compared += compared;
    }

    /// <param name="kind">Groups similar findings, which are shown once.</param>
    /// <param name="text">The finding.</param>
    /// <param name="number">Number of the input that caused it, if there is one.</param>
    /// <param name="evidence">The input.</param>
    public void Add(string kind, string text, int number = -1, Func<string>? evidence = null)
    {
        lock (_gate)
        {
            if (!_found.TryGetValue(kind, out var texts)) _found[kind] = texts = [];
            texts.Add(text);
            if (evidence is null) return;
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{number}.txt")), $"{text}\n{evidence()}\n");
        }
    }

    public static string Evidence(BadInput input)
    {
        var text = new StringBuilder($"{input.Path}\nby {input.Caller}, {(input.Direct ? $"directly to {input.Service}" : "through the gateway")}\n{input.What}\n");
        foreach (var (name, value) in input.Headers) text.Append(CultureInfo.InvariantCulture, $"{name}: {value}\n");
        if (input.Sent is { } sent) text.Append(CultureInfo.InvariantCulture, $"{sent}\n");
        return text.Append(Convert.ToHexString(input.Body)).ToString();
    }

    public void Show(Screen screen)
    {
        var outcomes = _counts.Values.SelectMany(row => row.Keys).Distinct().Order(StringComparer.Ordinal).ToList();
        var table = new Table().Border(TableBorder.Simple).AddColumn("");
        foreach (var outcome in outcomes) table.AddColumn(new TableColumn(Markup.Escape(outcome)).RightAligned());
        foreach (var (name, row) in _counts)
            table.AddRow([Markup.Escape(name), .. outcomes.Select(outcome => row.TryGetValue(outcome, out var count) ? count.ToString("#,0", CultureInfo.InvariantCulture) : "")]);
        screen.Console.Write(table);
        foreach (var line in Lines) screen.Line($"  {line}");
    }
}
