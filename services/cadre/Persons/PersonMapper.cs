using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Jiceng.Cadre.Events.V1;
using Jiceng.Cadre.Persons.Domain;
using Jiceng.Domain;
using Jiceng.Rpc;

namespace Jiceng.Cadre.Persons;

internal static class PersonMapper
{
    /// <summary>The person with resident id and phone masked.</summary>
    public static V1.Person ToMessage(this Person person) => new()
    {
        PersonId = person.Id.ToString(),
        DisplayName = person.Name,
        OrganizationId = person.OrganizationId.ToString(),
        PlaceCode = person.Place.Value,
        Sex = (V1.Sex)person.Sex,
        BirthMonth = person.BirthDate.ToString("yyyy-MM", CultureInfo.InvariantCulture),
        Education = (V1.Education)person.Education,
        PartyJoinDate = Days.Text(person.PartyJoinDate),
        Categories = { person.Categories.Select(category => (V1.PersonCategory)category) },
        MaskedResidentId = person.MaskedResidentId,
        MaskedPhone = person.MaskedPhone,
        EffectiveDate = Days.Text(person.EffectiveDate),
        CreateTime = person.CreateTime.ToTimestamp(),
        UpdateTime = person.UpdateTime.ToTimestamp(),
        Etag = Etag.Of(person.Version),
    };

    public static PersonChanged ToEvent(this Person person) => new()
    {
        PersonId = person.Id.ToString(),
        DisplayName = person.Name,
        PlaceCode = person.Place.Value,
        Categories = { person.Categories.Select(EnumNames.Of) },
        Sequence = person.Version,
    };
}
