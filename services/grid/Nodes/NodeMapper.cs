using Google.Protobuf.WellKnownTypes;
using Jiceng.Domain;
using Jiceng.Grid.Events.V1;
using Jiceng.Grid.Nodes.Domain;
using Jiceng.Rpc;

namespace Jiceng.Grid.Nodes;

/// <summary>Maps nodes and duties from and to the contract.</summary>
internal static class NodeMapper
{
    private const int CodeShown = 32;

    public static V1.Node ToMessage(this Node node) => new()
    {
        Code = node.Code.Value,
        Name = node.Name,
        Level = node.Code.Level.ToMessage(),
        ParentCode = node.Code.Level == PlaceLevel.County ? "" : node.Code.Parent!.Value.Value,
        HeadPersonId = node.HeadPersonId?.ToString() ?? "",
        Etag = Etag.Of(node.Version),
        CreateTime = node.CreateTime.ToTimestamp(),
        UpdateTime = node.UpdateTime.ToTimestamp(),
    };

    public static NodeChanged ToEvent(this Node node) => new()
    {
        Code = node.Code.Value,
        Name = node.Name,
        Sequence = node.Version,
        HeadPersonId = node.HeadPersonId?.ToString() ?? "",
    };

    public static V1.LevelCount ToMessage(this LevelCount count) => new()
    {
        Level = count.Level.ToMessage(),
        Count = count.Count,
        HeadedCount = count.HeadedCount,
    };

    public static V1.Duty ToMessage(this Duty duty) => new()
    {
        DutyId = duty.DutyId.ToString(),
        NodeCode = duty.NodeCode.Value,
        PersonId = duty.PersonId.ToString(),
        Role = duty.Role,
        StartTime = duty.StartTime.ToTimestamp(),
        EndTime = duty.EndTime?.ToTimestamp(),
        AppointmentId = duty.AppointmentId?.ToString() ?? "",
    };

    public static DutyChanged ToEvent(this Duty duty) => new()
    {
        DutyId = duty.DutyId.ToString(),
        PersonId = duty.PersonId.ToString(),
        NodeCode = duty.NodeCode.Value,
        Role = duty.Role,
        StartTime = duty.StartTime.ToTimestamp(),
        EndTime = duty.EndTime?.ToTimestamp(),
        Sequence = duty.Version,
    };

    public static V1.RefusedRow ToMessage(this RefusedRow row) => new()
    {
        Line = row.Row.Line,
        Code = row.Row.Code.Length <= CodeShown ? row.Row.Code : row.Row.Code[..CodeShown],
        Reason = row.Refusal.Reason.Reason,
        Message = row.Refusal.Message,
        MessageZh = row.Refusal.Chinese,
    };

    public static PlaceLevel ToLevel(this V1.NodeLevel level) => level switch
    {
        V1.NodeLevel.County => PlaceLevel.County,
        V1.NodeLevel.Township => PlaceLevel.Township,
        V1.NodeLevel.Village => PlaceLevel.Village,
        V1.NodeLevel.MicroGrid => PlaceLevel.MicroGrid,
        _ => throw Require.Invalid("level", "COUNTY, TOWNSHIP, VILLAGE or MICRO_GRID"),
    };

    private static V1.NodeLevel ToMessage(this PlaceLevel level) => level switch
    {
        PlaceLevel.County => V1.NodeLevel.County,
        PlaceLevel.Township => V1.NodeLevel.Township,
        PlaceLevel.Village => V1.NodeLevel.Village,
        PlaceLevel.MicroGrid => V1.NodeLevel.MicroGrid,
        _ => V1.NodeLevel.Unspecified,
    };
}
