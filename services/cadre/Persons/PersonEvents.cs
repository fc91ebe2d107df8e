using Jiceng.Cadre.Events.V1;
using Jiceng.Messaging;
using Jiceng.Persistence;

namespace Jiceng.Cadre.Persons;

internal static class PersonEvents
{
    public static void Changed(UnitOfWork work, Person person) => work.Publish(
        person.Id.ToString(),
        person.Place,
        person.Version,
        new PersonChanged
        {
            PersonId = person.Id.ToString(),
            DisplayName = person.Name,
            PlaceCode = person.Place.Value,
            Categories = { person.Categories.Select(Words.Of) },
            Sequence = person.Version,
        });
}
