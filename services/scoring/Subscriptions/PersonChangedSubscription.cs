using Jiceng.Cadre.Events.V1;
using Jiceng.Domain;
using Jiceng.Messaging;
using Jiceng.Persistence;
using Jiceng.Scoring.Subjects;
using Jiceng.Scoring.Subjects.Domain;

namespace Jiceng.Scoring.Subscriptions;

/// <summary>A person in office can be scored, with the groups of the categories.</summary>
internal sealed class PersonChangedSubscription : IEventHandler<PersonChanged>
{
    public Task HandleAsync(Received<PersonChanged> received, UnitOfWork work, CancellationToken cancellationToken)
    {
        var person = received.Data;
        return SubjectUpdater.PutAsync(
            work, SubjectRef.Person(person.PersonId), person.DisplayName, PlaceCode.Parse(person.PlaceCode, "place_code"),
            person.Categories, ChinaTime.Day(received.Time), person.Sequence, cancellationToken);
    }
}
