using Jiceng.Cadre.Domain;
using Jiceng.Cadre.Persons.Domain;
using Jiceng.Domain;
using Jiceng.Messaging;
using Jiceng.Persistence;

namespace Jiceng.Cadre.Persons;

/// <summary>Writes a person with the history, event and audit row.</summary>
internal sealed class PersonWriter(PersonStore store)
{
    public async Task<Person> AddAsync(UnitOfWork work, Person person, PersonalFields fields, string action, CancellationToken cancellationToken)
    {
        var masked = Masked(person, fields);
        await store.InsertAsync(work, masked, fields, cancellationToken);
        return Publish(work, masked, action);
    }

    /// <summary>Writes the change as the next version.</summary>
    /// <param name="work">The transaction.</param>
    /// <param name="changed">The changed person.</param>
    /// <param name="effectiveDate">First day of the new state; null for today.</param>
    /// <param name="fields">The personal fields where they changed; null keeps them.</param>
    /// <param name="action">Name of the change in the audit.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>That version.</returns>
    public async Task<Person> SaveAsync(
        UnitOfWork work, Person changed, DateOnly? effectiveDate, PersonalFields? fields, string action, CancellationToken cancellationToken)
    {
        var next = (fields is null ? changed : Masked(changed, fields)) with
        {
            EffectiveDate = EffectiveDate.Of(effectiveDate, changed.EffectiveDate, ChinaTime.Day(work.Now)),
            UpdateTime = work.Now,
            UpdatedBy = work.CallerId,
            Version = changed.Version + 1,
        };
        await store.UpdateAsync(work, next, fields, cancellationToken);
        return Publish(work, next, action);
    }

    private static Person Masked(Person person, PersonalFields fields) => person with
    {
        MaskedResidentId = Masking.ResidentId(fields.ResidentId ?? ""),
        MaskedPhone = Masking.Phone(fields.Phone ?? ""),
    };

    private static Person Publish(UnitOfWork work, Person person, string action)
    {
        work.Publish(person.Id.ToString(), person.Place, person.Version, person.ToEvent());
        work.Audit(action, "person", person.Id.ToString(), person.Place.Value);
        return person;
    }
}
