using Google.Protobuf.WellKnownTypes;
using Jiceng.Domain;
using Jiceng.Grid.Events.V1;
using Jiceng.Messaging;
using Jiceng.Persistence;

namespace Jiceng.Grid.Nodes;

/// <summary>What grid tells about nodes and duties.</summary>
internal static class NodeEvents
{
    public const string Imported = "jiceng.grid.node.imported.v1";
    private const int NodesInEvent = 500;

    public static void Publish(UnitOfWork work, Node node) =>
        work.Publish(node.Code.Value, node.Code, node.Version, Changed(node));

    /// <summary>Tells about the nodes of an import, some hundred at a time.</summary>
    /// <param name="work">The transaction.</param>
    /// <param name="nodes">The nodes in the order of their codes.</param>
    public static void PublishImported(UnitOfWork work, IReadOnlyList<Node> nodes)
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
                part.Nodes.Add(Changed(nodes[end]));
            }

            work.Publish(place.Value, place, sequence, part);
        }
    }

    /// <summary>The nodes of an event that lie in a scope.</summary>
    public static NodesImported? Cut(NodesImported imported, PlaceScope scope)
    {
        var part = new NodesImported { Nodes = { imported.Nodes.Where(node => scope.Contains(PlaceCode.Parse(node.Code))) } };
        return part.Nodes.Count > 0 ? part : null;
    }

    public static void Publish(UnitOfWork work, Duty duty) => work.Publish(
        duty.DutyId.ToString(),
        duty.NodeCode,
        duty.Version,
        new DutyChanged
        {
            DutyId = duty.DutyId.ToString(),
            PersonId = duty.PersonId.ToString(),
            NodeCode = duty.NodeCode.Value,
            Role = duty.Role,
            StartTime = duty.StartTime.ToTimestamp(),
            EndTime = duty.EndTime?.ToTimestamp(),
            Sequence = duty.Version,
        });

    private static NodeChanged Changed(Node node) => new()
    {
        Code = node.Code.Value, Name = node.Name, Sequence = node.Version, HeadPersonId = node.HeadPersonId?.ToString() ?? "",
    };
}
