using Jiceng.Domain;
using Jiceng.Persistence;

namespace Jiceng.Grid.Nodes;

/// <summary>Changes who heads a node: duty, node, history and events together.</summary>
internal sealed class HeadStore(NodeStore nodes, DutyStore duties)
{
    /// <summary>Makes the head of a node the one that the appointments say on the day of the change. Does nothing when it is.</summary>
    public async Task FollowAsync(Work work, PlaceCode place, CancellationToken token)
    {
        if (place.Level < PlaceLevel.County || !await nodes.ExistsAsync(work, place, token))
            return;
        var node = await nodes.LockAsync(work, place, token);
        var due = await duties.FindHeadAppointmentAsync(work, place, ChinaTime.Day(work.Now), token);
        var current = await duties.FindHeadAsync(work, place, token);
        var settled = due is null ? current?.AppointmentId is null : current?.PersonId == due.PersonId;
        if (!settled)
            Replace(work, node, current, due?.PersonId, due?.AppointmentId);
    }

    /// <summary>Puts another person at the head of a locked node, or nobody.</summary>
    public Duty? Replace(Work work, Node node, Duty? current, Guid? personId, Guid? appointmentId)
    {
        if (current is not null)
        {
            var ended = current.End(work.Now);
            duties.Save(work, ended);
            NodeEvents.Publish(work, ended);
        }

        Duty? next = null;
        if (personId is { } person)
        {
            next = new Duty(Guid.CreateVersion7(work.Now), node.Code, person, Duty.Head, work.Now, null, appointmentId, 1);
            duties.Add(work, next);
            NodeEvents.Publish(work, next);
        }

        var changed = node.WithHead(personId, work.Now);
        nodes.Save(work, [changed]);
        NodeEvents.Publish(work, changed);
        work.Audit("node.head", "node", node.Code.Value, node.Code.Value);
        return next;
    }
}
