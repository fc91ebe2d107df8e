using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Jiceng.Domain;
using Jiceng.Rpc;
using Enum = System.Enum;

namespace Jiceng.Cadre;

/// <summary>Reads request fields and writes answer fields where the shared library has no word for it.</summary>
internal static class CadreRpc
{
    /// <summary>The value of the same number; refuses one that the domain does not have.</summary>
    public static T Value<T>(Enum given, string field)
        where T : struct, Enum
    {
        var value = (T)Enum.ToObject(typeof(T), Convert.ToInt32(given, null));
        if (Enum.IsDefined(value))
            return value;
        var expected = $"one of {string.Join(", ", Enum.GetValues<T>().Select(Words.Of))}";
        throw Convert.ToInt32(given, null) == 0
            ? CommonErrors.ArgumentRequired.With(("field", field)).At(field, expected)
            : Require.Invalid(field, expected);
    }

    /// <summary>The value of the same number; null when the request leaves it out.</summary>
    public static T? ValueOrNone<T>(Enum given, string field)
        where T : struct, Enum => Convert.ToInt32(given, null) == 0 ? null : Value<T>(given, field);

    public static List<T> Values<TGiven, T>(IEnumerable<TGiven> given, string field)
        where TGiven : struct, Enum
        where T : struct, Enum => [.. given.Select(value => Value<T>(value, field)).Distinct()];

    public static DateOnly? DayOrNone(string value, string field) => value.Length == 0 ? null : Require.Date(value, field);

    public static Guid? IdOrNone(string value, string field) => value.Length == 0 ? null : Require.Id(value, field);

    public static Timestamp Time(DateTimeOffset time) => Timestamp.FromDateTimeOffset(time);

    public static string Id(Guid? id) => id?.ToString() ?? "";

    public static ApiException OutOfScope(string field) => CommonErrors.OutOfScope.With(("field", field));

    /// <summary>What to read of a list by place code and id: one row more than the page, which tells whether another follows.</summary>
    public static PlacePage PlacePage(IMessage request, int pageSize)
    {
        var after = Paging.After(request, 2);
        return new PlacePage(after?[0] ?? "", after is null ? Guid.Empty : Require.Id(after[1], "page_token"), Paging.Size(pageSize) + 1);
    }

    /// <summary>Version before which a page of a history begins.</summary>
    public static long BeforeVersion(IMessage request) => Paging.After(request, 1) is not [var version]
        ? long.MaxValue
        : long.TryParse(version, out var before) ? before : throw CommonErrors.PageTokenInvalid.With();

    /// <summary>Takes the row too many off the list and answers with the token of the next page; with none when there was no such row.</summary>
    public static string NextToken<T>(IMessage request, List<T> rows, int read, Func<T, string[]> keys)
    {
        if (rows.Count < read)
            return "";
        rows.RemoveAt(rows.Count - 1);
        return Paging.Next(request, keys(rows[^1]));
    }
}
