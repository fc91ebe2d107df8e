using Jiceng.Domain;
using Jiceng.Grid.Events.V1;
using Jiceng.Grid.Nodes.Domain;
using Jiceng.Messaging;
using Jiceng.Persistence;

namespace Jiceng.Grid.Nodes;

/// <summary>Writes nodes and duties with their history, events and audit rows.</summary>
internal static class NodeWriter
{
    private const int NodesInEvent = 500;

    public static void SaveOnCommit(UnitOfWork work, Node node, string action)
    {
        NodeStore.SaveOnCommit(work, [node]);
        work.Publish(node.Code.Value, node.Code, node.Version, node.ToEvent());
        work.Audit(action, "node", node.Code.Value, node.Code.Value);
    }

    /// <summary>Writes what an import made and renamed. The import is locked.</summary>
    public static async Task ImportAsync(UnitOfWork work, List<Node> made, List<Node> renamed, CancellationToken cancellationToken)
    {
        if (made.Count > 0) await NodeStore.AddAsync(work, made, cancellationToken);
        if (renamed.Count > 0) NodeStore.SaveOnCommit(work, renamed);
        PublishImported(work, renamed.Count == 0 ? made : [.. made.Concat(renamed).OrderBy(node => node.Code)]);
        work.Audit("node.import", "node", "import", null, $"{{\"created\":{made.Count},\"renamed\":{renamed.Count}}}");
    }

    public static void AddOnCommit(UnitOfWork work, Duty duty)
    {
        DutyStore.AddOnCommit(work, duty);
        Publish(work, duty);
        work.Audit("duty.assign", "duty", duty.DutyId.ToString(), duty.NodeCode.Value);
    }

    public static void EndOnCommit(UnitOfWork work, Duty ended)
    {
        DutyStore.SaveOnCommit(work, ended);
        Publish(work, ended);
        work.Audit("duty.end", "duty", ended.DutyId.ToString(), ended.NodeCode.Value);
    }

    /// <summary>Puts another person at the head of a locked node, or nobody.</summary>
    /// <returns>The duty of the new head.</returns>
    public static Duty? ReplaceHeadOnCommit(UnitOfWork work, Node node, Duty? current, Guid? personId, Guid? appointmentId)
    {
        if (current is not null)
        {
            var ended = current.End(work.Now);
            DutyStore.SaveOnCommit(work, ended);
            Publish(work, ended);
        }

        Duty? next = null;
        if (personId is { } person)
        {
            next = Duty.Begin(Guid.CreateVersion7(work.Now), node.Code, person, Duty.Head, work.Now) with { AppointmentId = appointmentId };
            DutyStore.AddOnCommit(work, next);
            Publish(work, next);
        }

        SaveOnCommit(work, node.WithHead(personId, work.Now), "node.head");
        return next;
    }

    /// <summary>The nodes of an event that lie in a scope.</summary>
    public static NodesImported? Intersect(NodesImported imported, PlaceScope scope)
    {
        var part = new NodesImported { Nodes = { imported.Nodes.Where(node => scope.Contains(PlaceCode.Parse(node.Code))) } };
        return part.Nodes.Count > 0 ? part : null;
    }

    /// <summary>Publishes the nodes of an import, in the order of their codes, some hundred in an event.</summary>
    private static void PublishImported(UnitOfWork work, List<Node> nodes)
    {
        for (var (start, end) = (0, 0); start < nodes.Count; start = end)
        {
            var part = new NodesImported();
            var (place, sequence) = (nodes[start].Code, 0L);
            // Places of two provinces have no place in common.
            for (end = start; end < nodes.Count && end - start < NodesInEvent && nodes[end].Code.At(PlaceLevel.Province) == place.At(PlaceLevel.Province); end++)
            {
                while (!place.Contains(nodes[end].Code)) place = place.Parent!.Value;
                sequence = Math.Max(sequence, nodes[end].Version);
                part.Nodes.Add(nodes[end].ToEvent());
            }

            work.Publish(place.Value, place, sequence, part);
        }
    }

    private static void Publish(UnitOfWork work, Duty duty) => work.Publish(duty.DutyId.ToString(), duty.NodeCode, duty.Version, duty.ToEvent());
}
