using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Jiceng.Domain;
using Npgsql;

namespace Jiceng.Persistence;

/// <summary>Makes commands of a batch from SQL with named parameters. Npgsql would read such SQL anew at each execution; here it is read once.</summary>
internal static partial class NamedCommand
{
    private static readonly ConcurrentDictionary<(string Sql, Type Values), Plan> Plans = new();
    private static readonly ConcurrentDictionary<(string Sql, ulong Nulls), string> TextsByNulls = new();

    /// <summary>The command.</summary>
    /// <param name="sql">SQL with <c>@Name</c> for each value.</param>
    /// <param name="values">An object with a property for each name; null if there is none.</param>
    /// <exception cref="ArgumentException">A name has no property.</exception>
    public static NpgsqlBatchCommand Of(string sql, object? values)
    {
        if (values is null) return new NpgsqlBatchCommand(sql);
        var plan = Plans.GetOrAdd((sql, values.GetType()), static key => Plan.Of(key.Sql, key.Values));
        var command = new NpgsqlBatchCommand();
        var nulls = 0UL;
        for (var place = 0; place < plan.Values.Length; place++)
        {
            var value = plan.Values[place].GetValue(values);
            if (value is null) nulls |= 1UL << place;
            command.Parameters.Add(new NpgsqlParameter { Value = Sendable(value) });
        }

        command.CommandText = TextFor(plan.Text, nulls);
        return command;
    }

    /// <summary>
    /// A statement is prepared for the types of its parameters, under its text, and a NULL has no type. Without a text of its own each
    /// combination of NULLs but the first would be parsed and planned anew every time.
    /// </summary>
    private static string TextFor(string sql, ulong nulls) =>
        nulls == 0 ? sql : TextsByNulls.GetOrAdd((sql, nulls), static key => string.Create(CultureInfo.InvariantCulture, $"{key.Sql}\n-- {key.Nulls:x}"));

    private static object Sendable(object? value) => value switch
    {
        null => DBNull.Value,
        DateTimeOffset time => time.ToUniversalTime(),
        PlaceCode place => place.Value,
        Enum named => EnumNames.Of(named),
        ReadOnlyMemory<byte> bytes => MemoryMarshal.TryGetArray(bytes, out var part) && part.Count == part.Array!.Length ? part.Array : bytes.ToArray(),
        _ => value,
    };

    [GeneratedRegex(@"(?<![@\w])@(?<name>[A-Za-z]\w*)", RegexOptions.CultureInvariant)]
    private static partial Regex Name();

    private sealed record Plan(string Text, PropertyInfo[] Values)
    {
        public static Plan Of(string sql, Type values)
        {
            var names = new List<string>();
            var text = Name().Replace(sql, match =>
            {
                var name = match.Groups["name"].Value;
                var place = names.FindIndex(known => known.Equals(name, StringComparison.OrdinalIgnoreCase));
                if (place < 0)
                {
                    place = names.Count;
                    names.Add(name);
                }

                return string.Create(CultureInfo.InvariantCulture, $"${place + 1}");
            });
            return new Plan(text, [.. names.Select(name => values.GetProperty(name, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase)
                ?? throw new ArgumentException($"The values of the command have no property for its parameter @{name}.", nameof(values)))]);
        }
    }
}
