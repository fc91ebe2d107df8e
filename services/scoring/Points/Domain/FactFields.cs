using System.Collections.Immutable;
using System.Globalization;

namespace Jiceng.Scoring.Points.Domain;

/// <summary>Fields of a fact as text.</summary>
internal static class FactFields
{
    public static ImmutableSortedDictionary<string, string> Of(params ReadOnlySpan<(string Name, string Value)> fields)
    {
        var all = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in fields) all.Add(name, value);
        return all.ToImmutable();
    }

    public static string Flag(bool value) => value ? "true" : "false";

    public static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
