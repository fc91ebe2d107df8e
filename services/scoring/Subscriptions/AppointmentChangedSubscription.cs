using Jiceng.Cadre.Events.V1;
using Jiceng.Domain;
using Jiceng.Messaging;
using Jiceng.Persistence;
using Jiceng.Scoring.Subjects;
using Jiceng.Scoring.Subjects.Domain;

namespace Jiceng.Scoring.Subscriptions;

/// <summary>Who holds a post is scored with the group of that position.</summary>
internal sealed class AppointmentChangedSubscription : IEventHandler<AppointmentChanged>
{
    public Task HandleAsync(Received<AppointmentChanged> received, UnitOfWork work, CancellationToken cancellationToken)
    {
        var appointment = received.Data;
        var membership = new Membership(
            appointment.Position,
            PlaceCode.Parse(appointment.PlaceCode, "place_code"),
            Days.Parse(appointment.StartDate),
            Days.ParseOptional(appointment.EndDate));
        return SubjectUpdater.PutAsync(
            work, SubjectRef.Person(appointment.PersonId), SubjectUpdater.Appointment, appointment.AppointmentId, membership, appointment.Sequence,
            cancellationToken);
    }
}
