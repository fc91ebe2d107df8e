using Jiceng.Cadre.Events.V1;
using Jiceng.Domain;
using Jiceng.Grid.Nodes;
using Jiceng.Messaging;
using Jiceng.Persistence;

namespace Jiceng.Grid.Subscriptions;

/// <summary>The head of a grid is the secretary of the organisation seated there: keeps the appointments that cadre reports, and lets the head follow.</summary>
internal sealed class AppointmentChangedSubscription : IEventHandler<AppointmentChanged>
{
    public async Task HandleAsync(Received<AppointmentChanged> received, UnitOfWork work, CancellationToken cancellationToken)
    {
        var change = received.Data;
        var place = PlaceCode.Parse(change.PlaceCode);
        var news = await DutyStore.KeepAppointmentAsync(
            work,
            Guid.Parse(change.AppointmentId),
            Guid.Parse(change.PersonId),
            place,
            change.HeadsPlace,
            Days.Parse(change.StartDate),
            Days.ParseOptional(change.EndDate),
            change.Sequence,
            cancellationToken);
        if (news)
            await NodeHeads.FollowAsync(work, place, cancellationToken);
    }
}
