using System.Diagnostics.CodeAnalysis;

namespace Jiceng.Domain;

/// <summary>
/// Code of a place (地点编码): the statistical division code (统计用区划代码, GB/T 2260 and GB/T 10114) of 2, 4, 6, 9 or 12
/// digits, or 15 digits for a micro-grid. The parent of a place is the prefix of its code; all that lies below it is a range.
/// </summary>
public readonly record struct PlaceCode : IComparable<PlaceCode>
{
    // A text longer than any code is shortened in the error.
    private const int LongestShown = 32;

    private readonly string? _value;

    private PlaceCode(string value) => _value = value;

    /// <summary>The digits. The default value of the type is no place, and throws.</summary>
    /// <exception cref="InvalidOperationException">This is <c>default(PlaceCode)</c>.</exception>
    public string Value => _value ?? throw new InvalidOperationException("No place: a default PlaceCode has no value.");

    /// <summary>Level, by the number of digits.</summary>
    public PlaceLevel Level => (PlaceLevel)Value.Length;

    /// <summary>The place above, or null for a province.</summary>
    public PlaceCode? Parent => Level switch
    {
        PlaceLevel.Province => null,
        PlaceLevel.City => new PlaceCode(Value[..2]),
        PlaceLevel.County => new PlaceCode(Value[..4]),
        PlaceLevel.Township => new PlaceCode(Value[..6]),
        PlaceLevel.Village => new PlaceCode(Value[..9]),
        _ => new PlaceCode(Value[..12]),
    };

    /// <summary>
    /// Exclusive upper bound of the codes of this place and all below it, in ordinal order:
    /// <c>code &gt;= Value AND code &lt; Upper</c>. The character after '9' is ':', so a trailing 9 needs no carry.
    /// </summary>
    public string Upper => string.Concat(Value.AsSpan(0, Value.Length - 1), [(char)(Value[^1] + 1)]);

    /// <summary>Reads a code.</summary>
    /// <param name="text">2, 4, 6, 9, 12 or 15 ASCII digits.</param>
    /// <param name="field">Name of the request field, for the error.</param>
    /// <exception cref="ApiException">PLACE_CODE_INVALID.</exception>
    public static PlaceCode Parse(string text, string field = "code") => TryParse(text, out var code)
        ? code
        : throw CommonErrors.PlaceCodeInvalid.With(("field", field), ("value", text.Shortened(LongestShown)), ("digits", text.Length.ToString()))
            .At(field, "2, 4, 6, 9, 12 or 15 digits");

    /// <summary>Reads a code if it is one.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out PlaceCode code)
    {
        if (text is { Length: 2 or 4 or 6 or 9 or 12 or 15 } && !text.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            code = new PlaceCode(text);
            return true;
        }

        code = default;
        return false;
    }

    /// <summary>Whether the other place is this one or lies below it.</summary>
    public bool Contains(PlaceCode other) => other.Value.StartsWith(Value, StringComparison.Ordinal);

    /// <summary>The place of the given level that this one lies in, or itself.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The level is below this place's own.</exception>
    public PlaceCode At(PlaceLevel level)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((int)level, Value.Length);
        return new PlaceCode(Value[..(int)level]);
    }

    /// <inheritdoc/>
    public int CompareTo(PlaceCode other) => string.CompareOrdinal(Value, other.Value);

    /// <inheritdoc/>
    public override string ToString() => _value ?? "";

    /// <summary>Ordinal order of the codes: a place stands before all that lies below it.</summary>
    public static bool operator <(PlaceCode left, PlaceCode right) => left.CompareTo(right) < 0;

    /// <summary>Ordinal order of the codes.</summary>
    public static bool operator >(PlaceCode left, PlaceCode right) => left.CompareTo(right) > 0;

    /// <summary>Ordinal order of the codes.</summary>
    public static bool operator <=(PlaceCode left, PlaceCode right) => left.CompareTo(right) <= 0;

    /// <summary>Ordinal order of the codes.</summary>
    public static bool operator >=(PlaceCode left, PlaceCode right) => left.CompareTo(right) >= 0;
}
