using System.Text.Json;

namespace Jiceng.Cadre;

/// <summary>Names of enum values as events, tables and errors write them: lower case with underscores, <c>village_branch</c>.</summary>
internal static class Words
{
    public static string Of<T>(T value)
        where T : struct, Enum => Table<T>.ByValue[value];

    public static T Read<T>(string word)
        where T : struct, Enum => Table<T>.ByWord[word];

    private static class Table<T>
        where T : struct, Enum
    {
        public static readonly Dictionary<T, string> ByValue =
            Enum.GetValues<T>().ToDictionary(value => value, value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()));

        public static readonly Dictionary<string, T> ByWord = ByValue.ToDictionary(pair => pair.Value, pair => pair.Key);
    }
}
