using Jiceng.Domain;
using Jiceng.Persistence;

namespace Jiceng.Grid.Nodes;

/// <summary>Lets the head of a grid follow the appointments in the organisation seated there.</summary>
internal static class NodeHeads
{
    /// <summary>Makes the head of a node the one that the appointments say on the day of the change. Does nothing when it is.</summary>
    public static async Task FollowAsync(UnitOfWork work, PlaceCode place, CancellationToken cancellationToken)
    {
        if (place.Level < PlaceLevel.County || !await NodeStore.ExistsAsync(work, place, cancellationToken))
            return;
        var node = await NodeStore.LockAsync(work, place, cancellationToken);
        var due = await DutyStore.FindHeadAppointmentAsync(work, place, ChinaTime.Day(work.Now), cancellationToken);
        var current = await DutyStore.FindHeadAsync(work, place, cancellationToken);
        var settled = due is null ? current?.AppointmentId is null : current?.PersonId == due.PersonId;
        if (!settled)
            NodeWriter.ReplaceHeadOnCommit(work, node, current, due?.PersonId, due?.AppointmentId);
    }
}
