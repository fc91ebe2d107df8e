using Jiceng.Domain;

namespace Jiceng.Cadre.Domain;

/// <summary>From which day on a new state of an organisation or a person holds.</summary>
internal static class EffectiveDate
{
    /// <summary>The first day of a state that follows another; today when none is wanted.</summary>
    /// <param name="wanted">The day that the request asks for.</param>
    /// <param name="previous">First day of the state before; null for the first state of all.</param>
    /// <exception cref="ApiException">EFFECTIVE_DATE_INVALID.</exception>
    public static DateOnly Of(DateOnly? wanted, DateOnly? previous, DateOnly today)
    {
        var day = wanted ?? today;
        if (day > today || day < previous)
        {
            throw CadreErrors.EffectiveDateInvalid
                .With(("effective_date", Days.Text(day)), ("earliest", Days.Text(previous ?? DateOnly.MinValue)), ("latest", Days.Text(today)))
                .At("effective_date", $"a day from {Days.Text(previous ?? DateOnly.MinValue)} to {Days.Text(today)}");
        }

        return day;
    }
}
