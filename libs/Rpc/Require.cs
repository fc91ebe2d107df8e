using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Jiceng.Domain;
using Enum = System.Enum;

namespace Jiceng.Rpc;

/// <summary>Checks the fields of a request, and says which is wrong and what would be right.</summary>
public static class Require
{
    /// <summary>A UUID in its usual form.</summary>
    /// <exception cref="ApiException">ARGUMENT_REQUIRED or ARGUMENT_INVALID.</exception>
    public static Guid Id(string value, string field)
    {
        if (value.Length == 0)
            throw CommonErrors.ArgumentRequired.With(("field", field)).At(field, "a UUID");
        return Guid.TryParseExact(value, "D", out var id) ? id : throw Invalid(field, "a UUID in the form 8-4-4-4-12");
    }

    /// <summary>A UUID in its usual form; null when the request leaves it out.</summary>
    /// <exception cref="ApiException">ARGUMENT_INVALID.</exception>
    public static Guid? OptionalId(string value, string field) => value.Length == 0 ? null : Id(value, field);

    /// <summary>The value of the same number; the numbers of domain enums are those of the contract.</summary>
    /// <typeparam name="T">Enum of the domain.</typeparam>
    /// <exception cref="ApiException">ARGUMENT_REQUIRED or ARGUMENT_INVALID: the domain has no such value.</exception>
    public static T Value<T>(Enum given, string field)
        where T : struct, Enum
    {
        var number = Convert.ToInt32(given, CultureInfo.InvariantCulture);
        var value = (T)Enum.ToObject(typeof(T), number);
        if (Enum.IsDefined(value)) return value;
        var expected = $"one of {string.Join(", ", Enum.GetValues<T>().Select(EnumNames.Of))}";
        throw number == 0 ? CommonErrors.ArgumentRequired.With(("field", field)).At(field, expected) : Invalid(field, expected);
    }

    /// <summary>The value of the same number; null when the request leaves it out.</summary>
    /// <typeparam name="T">Enum of the domain.</typeparam>
    /// <exception cref="ApiException">ARGUMENT_INVALID: the domain has no such value.</exception>
    public static T? OptionalValue<T>(Enum given, string field)
        where T : struct, Enum => Convert.ToInt32(given, CultureInfo.InvariantCulture) == 0 ? null : Value<T>(given, field);

    /// <summary>The values of the same numbers, each once.</summary>
    /// <typeparam name="TGiven">Enum of the contract.</typeparam>
    /// <typeparam name="T">Enum of the domain.</typeparam>
    /// <exception cref="ApiException">ARGUMENT_REQUIRED or ARGUMENT_INVALID: the domain has no such value.</exception>
    public static List<T> Values<TGiven, T>(IEnumerable<TGiven> given, string field)
        where TGiven : struct, Enum
        where T : struct, Enum => [.. given.Select(value => Value<T>(value, field)).Distinct()];

    /// <summary>A text of 1 to <paramref name="limit"/> characters that can be stored as it is.</summary>
    /// <exception cref="ApiException">ARGUMENT_REQUIRED, ARGUMENT_TOO_LONG or ARGUMENT_INVALID.</exception>
    public static string Text(string value, string field, int limit)
    {
        if (string.IsNullOrWhiteSpace(value))
            throw CommonErrors.ArgumentRequired.With(("field", field)).At(field, $"1 to {limit} characters");
        return Optional(value, field, limit);
    }

    /// <summary>A text of at most <paramref name="limit"/> characters that can be stored as it is, or none.</summary>
    /// <exception cref="ApiException">ARGUMENT_TOO_LONG or ARGUMENT_INVALID.</exception>
    public static string Optional(string value, string field, int limit)
    {
        var length = value.Length <= limit ? value.Length : new StringInfo(value).LengthInTextElements;
        if (length > limit)
        {
            throw CommonErrors.ArgumentTooLong
                .With(("field", field), ("length", Number(length)), ("limit", Number(limit))).At(field, $"at most {limit} characters");
        }

        return value.Contains('\0') ? throw Invalid(field, "text without the character U+0000") : value;
    }

    /// <summary>A day in ISO 8601, as 2026-03-31.</summary>
    /// <exception cref="ApiException">ARGUMENT_REQUIRED or ARGUMENT_INVALID.</exception>
    public static DateOnly Date(string value, string field)
    {
        if (value.Length == 0)
            throw CommonErrors.ArgumentRequired.With(("field", field)).At(field, "a day such as 2026-03-31");
        return DateOnly.TryParseExact(value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            ? day
            : throw Invalid(field, "a day such as 2026-03-31");
    }

    /// <summary>A day in ISO 8601; null when the request leaves it out.</summary>
    /// <exception cref="ApiException">ARGUMENT_INVALID.</exception>
    public static DateOnly? OptionalDate(string value, string field) => value.Length == 0 ? null : Date(value, field);

    /// <summary>A point in time.</summary>
    /// <exception cref="ApiException">ARGUMENT_REQUIRED or ARGUMENT_INVALID.</exception>
    public static DateTimeOffset Time(Timestamp? value, string field)
    {
        if (value is null)
            throw CommonErrors.ArgumentRequired.With(("field", field)).At(field, "a time");
        try
        {
            return value.ToDateTimeOffset();
        }
        catch (InvalidOperationException)
        {
            throw Invalid(field, "a time from 0001-01-01 to 9999-12-31");
        }
    }

    /// <summary>A number from <paramref name="low"/> to <paramref name="high"/>.</summary>
    /// <exception cref="ApiException">ARGUMENT_INVALID.</exception>
    public static int Range(int value, string field, int low, int high) =>
        value >= low && value <= high ? value : throw Invalid(field, $"a number from {low} to {high}");

    /// <summary>The error for a field whose value does not have the expected form.</summary>
    /// <param name="field">Dotted path of the field.</param>
    /// <param name="expected">What would be right.</param>
    public static ApiException Invalid(string field, string expected) =>
        CommonErrors.ArgumentInvalid.With(("field", field), ("expected", expected)).At(field, expected);

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
