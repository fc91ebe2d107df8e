using System.Text.RegularExpressions;

namespace Jiceng.Cadre.Persons.Domain;

/// <summary>A phone number (电话) in its one written form: digits only, without the country code.</summary>
internal static partial class Phone
{
    public static string Parse(string text, string field)
    {
        var digits = Separators().Replace(text, "");
        if (digits.StartsWith("+86", StringComparison.Ordinal))
            digits = digits[3..];
        return Mobile().IsMatch(digits) || Landline().IsMatch(digits)
            ? digits
            : throw CadreErrors.PhoneInvalid.With(("field", field)).At(field, "11 digits of a mobile, or a landline with its area code");
    }

    [GeneratedRegex(@"[\s()-]", RegexOptions.CultureInvariant)]
    private static partial Regex Separators();

    [GeneratedRegex(@"\A1[3-9][0-9]{9}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Mobile();

    [GeneratedRegex(@"\A0[1-9][0-9]{1,2}[2-9][0-9]{6,7}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Landline();
}
