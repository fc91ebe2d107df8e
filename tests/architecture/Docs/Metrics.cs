using System.Text.Json;
using System.Text.RegularExpressions;

namespace Jiceng.ArchitectureTests.Docs;

/// <summary>What dashboards and alerts ask Prometheus for, and what Prometheus calls the instruments of the code.</summary>
internal static partial class Metrics
{
    // Of the PromQL that is used; a function stands before a bracket and needs no list.
    private static readonly string[] Words = ["and", "or", "unless", "bool", "offset", "by", "without", "on", "ignoring", "group_left", "group_right"];

    /// <summary>Names under which Prometheus keeps an instrument that came by OTLP.</summary>
    public static IEnumerable<string> Stored(string instrument, string kind, string unit)
    {
        var name = instrument.Replace('.', '_') + unit switch { "s" => "_seconds", "ms" => "_milliseconds", "By" => "_bytes", "" or ['{', .., '}'] => "", _ => $"_{unit}" };
        return kind switch
        {
            "Histogram" => Histogram(name),
            "Counter" or "ObservableCounter" => [$"{name}_total"],
            _ => [name],
        };
    }

    public static IEnumerable<string> Histogram(string name) => [$"{name}_bucket", $"{name}_count", $"{name}_sum"];

    /// <summary>Metrics that an expression of PromQL reads.</summary>
    public static IEnumerable<string> Read(string expression)
    {
        var bare = Labels().Replace(Text().Replace(expression, ""), "");
        return Name().Matches(Grouping().Replace(bare, " ")).Select(match => match.Value).Where(name => !Words.Contains(name)).Distinct();
    }

    /// <summary>Expressions of a dashboard, and of the variables that it is asked by.</summary>
    public static IEnumerable<string> OfDashboard(string json)
    {
        using var dashboard = JsonDocument.Parse(json);
        return [.. Expressions(dashboard.RootElement)];
    }

    private static IEnumerable<string> Expressions(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property => property.Name is "expr"
            ? [property.Value.GetString()!]
            : property is { Name: "query", Value.ValueKind: JsonValueKind.String } && property.Value.GetString()!.StartsWith("label_values(", StringComparison.Ordinal)
                ? [property.Value.GetString()!["label_values(".Length..].Split(',')[0]]
                : Expressions(property.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Expressions),
        _ => [],
    };

    [GeneratedRegex("\"[^\"]*\"")]
    private static partial Regex Text();

    [GeneratedRegex(@"\{[^}]*\}|\[[^\]]*\]")]
    private static partial Regex Labels();

    [GeneratedRegex(@"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")]
    private static partial Regex Grouping();

    [GeneratedRegex(@"(?<![\w$])[a-zA-Z_:][\w:]*\b(?!\s*\()")]
    private static partial Regex Name();
}
