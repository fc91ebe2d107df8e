using System.Diagnostics;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Jiceng.ArchitectureTests.Docs;

/// <summary>The spans' sources and the instruments that the code makes.</summary>
internal static partial class Instruments
{
    private const BindingFlags Static = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static IEnumerable<string> Sources(Assembly assembly) =>
        from type in assembly.GetTypes()
        where !type.ContainsGenericParameters
        from field in type.GetFields(Static)
        where field.FieldType == typeof(ActivitySource)
        select ((ActivitySource)field.GetValue(null)!).Name;

    /// <summary>Rows of the table of instruments, in the order of the file.</summary>
    public static IEnumerable<string> Rows(SourceFile file)
    {
        var makes = Made().Matches(file.Text);
        if (makes.Count == 0) return [];
        var meter = Meter().Match(file.Text);
        var name = meter.Groups["literal"].Success
            ? meter.Groups["literal"].Value
            : Regex.Match(file.Text, $@"const string {meter.Groups["constant"].Value} = ""(?<name>[^""]+)""").Groups["name"].Value;
        return makes.Select(made => DocTable.Row(
            $"`{made.Groups["name"].Value}`", made.Groups["kind"].Value, made.Groups["unit"].Value, $"`{name}`", made.Groups["text"].Value));
    }

    /// <summary>Instruments made in a form that the table cannot read.</summary>
    public static IEnumerable<string> Unread(SourceFile file) => AnyMade().Count(file.Text) > Made().Count(file.Text)
        ? [$"{file.Path}: make an instrument as CreateCounter<long>(\"name\", \"unit\", \"description\"), on one line."]
        : [];

    [GeneratedRegex(@"\.Create(?<kind>Counter|Histogram|Gauge|UpDownCounter|ObservableGauge|ObservableCounter|ObservableUpDownCounter)(<\w+>)?\(\s*""(?<name>[^""]+)"",[^\n]*?""(?<unit>[^""]*)"",\s*""(?<text>[^""]*)""")]
    private static partial Regex Made();

    [GeneratedRegex(@"\.Create(Counter|Histogram|Gauge|UpDownCounter|ObservableGauge|ObservableCounter|ObservableUpDownCounter)\b")]
    private static partial Regex AnyMade();

    [GeneratedRegex(@"(\.Create\(|new Meter\()(""(?<literal>[^""]+)""|(?<constant>\w+))")]
    private static partial Regex Meter();
}
