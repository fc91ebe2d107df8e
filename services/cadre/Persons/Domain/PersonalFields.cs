using Jiceng.Domain;

namespace Jiceng.Cadre.Persons.Domain;

/// <summary>What identifies or reaches a person, as it is before it is encrypted. Null: not recorded.</summary>
internal sealed record PersonalFields(string? ResidentId, string? Phone, DateOnly BirthDate)
{
    /// <summary>Oldest day of birth that is taken for a real one.</summary>
    private static readonly DateOnly Oldest = new(1900, 1, 1);

    // A record prints its members; these must not reach a log line.
    public override string ToString() => nameof(PersonalFields);

    /// <summary>
    /// The fields of a request, completed from the resident id: birth date and sex may then be omitted, and must not contradict it.
    /// </summary>
    /// <param name="sex">Sex in the request; null if it is omitted.</param>
    public static (PersonalFields Fields, Sex Sex) Read(
        string residentId, string phone, DateOnly? birthDate, Sex? sex, DateOnly today)
    {
        ResidentId? id = residentId.Length == 0 ? null : Domain.ResidentId.Parse(residentId, "personal_fields.resident_id");
        if (id is { } known && birthDate is { } born && born != known.BirthDate)
            throw Contradiction("personal_fields.birth_date");
        var birth = birthDate ?? id?.BirthDate ?? throw Required("personal_fields.birth_date");
        if (birth < Oldest || birth > today)
        {
            throw CommonErrors.ArgumentInvalid.With(("field", "personal_fields.birth_date"), ("expected", "a day from 1900-01-01 to today"))
                .At("personal_fields.birth_date", "a day from 1900-01-01 to today");
        }

        var fields = new PersonalFields(id?.Value, phone.Length == 0 ? null : Domain.Phone.Parse(phone, "personal_fields.phone"), birth);
        var told = sex ?? id?.Sex ?? throw Required("person.sex");
        fields.CheckSex(told);
        return (fields, told);
    }

    /// <summary>Refuses a sex that the resident id contradicts.</summary>
    public void CheckSex(Sex sex)
    {
        if (ResidentId is not null && Domain.ResidentId.Parse(ResidentId, "personal_fields.resident_id").Sex != sex)
            throw Contradiction("person.sex");
    }

    private static ApiException Required(string field) =>
        CommonErrors.ArgumentRequired.With(("field", field)).At(field, "the value, or a resident id that contains it");

    private static ApiException Contradiction(string field) =>
        CadreErrors.ResidentIdContradiction.With(("field", field)).At(field, "the value in the resident id, or empty");
}
