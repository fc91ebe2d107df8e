using System.Globalization;
using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Rpc;
using static Jiceng.Cadre.CadreRpc;

namespace Jiceng.Cadre.Persons;

/// <summary>How persons are written: into the next state, its event and audit, and the masked answer.</summary>
internal static class PersonWireRpc
{
    public static Person Next(Person wanted, DateOnly? effectiveDate, UnitOfWork work) => wanted with
    {
        EffectiveDate = Days.Effective(effectiveDate, wanted.EffectiveDate, ChinaTime.Day(work.Now)),
        UpdateTime = work.Now,
        UpdatedBy = work.CallerId,
        Version = wanted.Version + 1,
    };

    public static V1.Person Recorded(UnitOfWork work, Person person, string action)
    {
        PersonEvents.Changed(work, person);
        work.Audit(action, "person", person.Id.ToString(), person.Place.Value);
        return Of(person);
    }

    /// <summary>The person with the masks of new personal fields.</summary>
    public static Person Masked(this Person person, PersonalFields fields) => person with
    {
        MaskedResidentId = Masking.ResidentId(fields.ResidentId ?? ""),
        MaskedPhone = Masking.Phone(fields.Phone ?? ""),
    };

    public static V1.Person Of(Person p) => new()
    {
        PersonId = p.Id.ToString(),
        DisplayName = p.Name,
        OrganizationId = p.OrganizationId.ToString(),
        PlaceCode = p.Place.Value,
        Sex = (V1.Sex)p.Sex,
        BirthMonth = p.BirthDate.ToString("yyyy-MM", CultureInfo.InvariantCulture),
        Education = (V1.Education)p.Education,
        PartyJoinDate = Days.Text(p.PartyJoinDate),
        Categories = { p.Categories.Select(category => (V1.PersonCategory)category) },
        MaskedResidentId = p.MaskedResidentId,
        MaskedPhone = p.MaskedPhone,
        EffectiveDate = Days.Text(p.EffectiveDate),
        CreateTime = Time(p.CreateTime),
        UpdateTime = Time(p.UpdateTime),
        Etag = Etag.Of(p.Version),
    };
}
