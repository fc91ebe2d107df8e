using Google.Protobuf.WellKnownTypes;
using Jiceng.Grid.Events.V1;
using Jiceng.Messaging;
using Jiceng.Persistence;

namespace Jiceng.Grid.Nodes;

/// <summary>What grid tells about nodes and duties.</summary>
internal static class NodeEvents
{
    public static void Publish(Work work, Node node) => work.Publish(
        "jiceng.grid.node.v1",
        "jiceng.grid.node.changed.v1",
        node.Code.Value,
        node.Code,
        node.Version,
        new NodeChanged { Code = node.Code.Value, Name = node.Name, Sequence = node.Version, HeadPersonId = node.HeadPersonId?.ToString() ?? "" });

    public static void Publish(Work work, Duty duty) => work.Publish(
        "jiceng.grid.duty.v1",
        "jiceng.grid.duty.changed.v1",
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
}
