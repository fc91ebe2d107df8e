using System.Collections.Concurrent;
using System.Text;

namespace Jiceng.Domain;

/// <summary>Names of enum values as events, tables and errors write them: lower case with underscores, <c>village_branch</c>.</summary>
public static class EnumNames
{
    private static readonly ConcurrentDictionary<Enum, string> Names = new();

    /// <summary>The name of a value.</summary>
    /// <exception cref="KeyNotFoundException">The enum does not define the value.</exception>
    public static string Of<T>(T value)
        where T : struct, Enum => Table<T>.ByValue[value];

    /// <summary>The name of a value whose type is known only at run time.</summary>
    /// <exception cref="KeyNotFoundException">The enum does not define the value.</exception>
    public static string Of(Enum value) => Names.GetOrAdd(value, static one => Enum.IsDefined(one.GetType(), one)
        ? SnakeCase(one.ToString())
        : throw new KeyNotFoundException($"{one.GetType().Name} does not define {one}."));

    /// <summary>The value of a name.</summary>
    /// <exception cref="KeyNotFoundException">No value has the name.</exception>
    public static T Parse<T>(string name)
        where T : struct, Enum => Table<T>.ByName[name];

    private static string SnakeCase(string name)
    {
        var words = new StringBuilder();
        foreach (var character in name)
        {
            if (char.IsUpper(character) && words.Length > 0) words.Append('_');
            words.Append(char.ToLowerInvariant(character));
        }

        return words.ToString();
    }

    private static class Table<T>
        where T : struct, Enum
    {
        public static readonly Dictionary<T, string> ByValue = Enum.GetValues<T>().ToDictionary(value => value, value => SnakeCase(value.ToString()));

        public static readonly Dictionary<string, T> ByName = ByValue.ToDictionary(pair => pair.Value, pair => pair.Key);
    }
}
