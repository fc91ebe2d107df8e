using System.Globalization;
using Jiceng.Domain;

namespace Jiceng.Cadre.Persons.Domain;

/// <summary>
/// A resident id (公民身份号码) of GB 11643: six digits of region, eight of the birth date, three of a serial whose last gives
/// the sex, and a check digit by ISO 7064 MOD 11-2.
/// </summary>
internal readonly record struct ResidentId
{
    private const int Length = 18;
    private static readonly int[] Weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

    private static readonly HashSet<string> Provinces =
    [
        "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44", "45", "46",
        "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83",
    ];

    private ResidentId(string value, DateOnly birthDate)
    {
        Value = value;
        BirthDate = birthDate;
    }

    public string Value { get; }

    public DateOnly BirthDate { get; }

    public Sex Sex => (Value[16] - '0') % 2 == 1 ? Sex.Male : Sex.Female;

    /// <summary>Reads an id that somebody typed. The error names the wrong part, and never repeats the id.</summary>
    public static ResidentId Parse(string text, string field)
    {
        var value = text.Trim().ToUpperInvariant();
        if (value.Length != Length)
            throw Wrong("length");
        if (value.AsSpan(0, Length - 1).ContainsAnyExceptInRange('0', '9') || !(char.IsAsciiDigit(value[^1]) || value[^1] == 'X'))
            throw Wrong("characters");
        if (!Provinces.Contains(value[..2]))
            throw Wrong("region");
        if (!DateOnly.TryParseExact(value.AsSpan(6, 8), "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var birth)
            || birth.Year < 1900)
        {
            throw Wrong("birth_date");
        }

        if (value[^1] != CheckDigit(value.AsSpan(0, Length - 1)))
            throw Wrong("check_digit");
        return new ResidentId(value, birth);

        ApiException Wrong(string problem) =>
            CadreErrors.ResidentIdInvalid.With(("field", field), ("problem", problem))
                .At(field, "18 characters with the right check digit");
    }

    /// <summary>Check digit of the first 17 digits.</summary>
    public static char CheckDigit(ReadOnlySpan<char> digits)
    {
        var sum = 0;
        for (var i = 0; i < Weights.Length; i++)
            sum += (digits[i] - '0') * Weights[i];
        return "10X98765432"[sum % 11];
    }
}
