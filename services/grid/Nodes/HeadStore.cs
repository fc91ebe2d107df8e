using Jiceng.Domain;
using Jiceng.Persistence;

namespace Jiceng.Grid.Nodes;

/// <summary>Changes who heads a node: duty, node, history and events together.</summary>
internal static class HeadStore
{
    /// <summary>Makes the head of a node the one that the appointments say on the day of the change. Does nothing when it is.</summary>
    public static async Task FollowAsync(UnitOfWork work, PlaceCode place, CancellationToken token)
    {
        if (place.Level < PlaceLevel.County || !await NodeStore.ExistsAsync(work, place, token))
            return;
        var node = await NodeStore.LockAsync(work, place, token);
        var due = await DutyStore.FindHeadAppointmentAsync(work, place, ChinaTime.Day(work.Now), token);
        var current = await DutyStore.FindHeadAsync(work, place, token);
        var settled = due is null ? current?.AppointmentId is null : current?.PersonId == due.PersonId;
        if (!settled)
            Replace(work, node, current, due?.PersonId, due?.AppointmentId);
    }

    /// <summary>Puts another person at the head of a locked node, or nobody.</summary>
    public static Duty? Replace(UnitOfWork work, Node node, Duty? current, Guid? personId, Guid? appointmentId)
    {
        if (current is not null)
        {
            var ended = current.End(work.Now);
            DutyStore.Save(work, ended);
            NodeEvents.Publish(work, ended);
        }

        Duty? next = null;
        if (personId is { } person)
        {
            next = new Duty(Guid.CreateVersion7(work.Now), node.Code, person, Duty.Head, work.Now, null, appointmentId, 1);
            DutyStore.Add(work, next);
            NodeEvents.Publish(work, next);
        }

        var changed = node.WithHead(personId, work.Now);
        NodeStore.Save(work, [changed]);
        NodeEvents.Publish(work, changed);
        work.Audit("node.head", "node", node.Code.Value, node.Code.Value);
        return next;
    }
}
