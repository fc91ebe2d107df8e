using Jiceng.Domain;
using Jiceng.Grid.Events.V1;
using Jiceng.Messaging;
using Jiceng.Persistence;
using Jiceng.Scoring.Subjects;
using Jiceng.Scoring.Subjects.Domain;

namespace Jiceng.Scoring.Subscriptions;

/// <summary>Who is on duty in a grid is scored with the group of that duty.</summary>
internal sealed class DutyChangedSubscription : IEventHandler<DutyChanged>
{
    public Task HandleAsync(Received<DutyChanged> received, UnitOfWork work, CancellationToken cancellationToken)
    {
        var duty = received.Data;
        var membership = new Membership(
            duty.Role,
            PlaceCode.Parse(duty.NodeCode, "node_code"),
            ChinaTime.Day(EventValues.Time(duty.StartTime)),
            duty.EndTime is { } end ? ChinaTime.Day(EventValues.Time(end)) : null);
        return SubjectUpdater.PutAsync(
            work, SubjectRef.Person(duty.PersonId), SubjectUpdater.Duty, duty.DutyId, membership, duty.Sequence, cancellationToken);
    }
}
