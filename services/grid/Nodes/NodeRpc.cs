using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Jiceng.Domain;
using Jiceng.Grid.Cases;
using Jiceng.Persistence;
using Jiceng.Rpc;
using V1 = Jiceng.Grid.V1;

namespace Jiceng.Grid.Nodes;

/// <summary>NodeService: maps, calls, maps back.</summary>
internal sealed class NodeRpc(
    Database database, RpcWrites writes, ImportRpc imports, Catalogue catalogue)
    : V1.NodeService.NodeServiceBase
{
    public override Task<V1.ImportNodesResponse> ImportNodes(
        IAsyncStreamReader<V1.ImportNodesRequest> requestStream, ServerCallContext context) => imports.RunAsync(requestStream, context);

    public override async Task<V1.Node> GetNode(V1.GetNodeRequest request, ServerCallContext context)
    {
        var code = PlaceCode.Parse(request.Code);
        var node = await database.ReadAsync((connection, token) => NodeStore.FindAsync(connection, code, token), context.CancellationToken);
        return Map(node ?? throw GridErrors.NodeNotFound.With(("code", code.Value)));
    }

    public override async Task<V1.ListNodesResponse> ListNodes(V1.ListNodesRequest request, ServerCallContext context)
    {
        var within = context.Caller().Intersect(request.ParentCode);
        var size = Paging.Size(request.PageSize);
        var after = Paging.After(request, 1)?[0] ?? "";
        var level = request.Level == V1.NodeLevel.Unspecified ? (PlaceLevel?)null : LevelOf(request.Level);
        var found = await database.ReadAsync(
            (connection, token) => request.Recursive
                ? NodeStore.ListAsync(connection, within, level, after, size + 1, token)
                : NodeStore.ListChildrenAsync(connection, within, request.ParentCode.Length > 0, level, after, size + 1, token),
            context.CancellationToken);
        var answer = new V1.ListNodesResponse();
        answer.Nodes.AddRange(found.Take(size).Select(Map));
        if (found.Count > size)
            answer.NextPageToken = Paging.Next(request, found[size - 1].Code.Value);
        return answer;
    }

    public override async Task<V1.CountNodesResponse> CountNodes(V1.CountNodesRequest request, ServerCallContext context)
    {
        var within = context.Caller().Intersect(request.Code);
        var counts = await database.ReadAsync((connection, token) => NodeStore.CountAsync(connection, within, token), context.CancellationToken);
        var answer = new V1.CountNodesResponse();
        answer.Counts.AddRange(counts.Select(count => new V1.LevelCount
        {
            Level = LevelOf(count.Level),
            Count = count.Count,
            HeadedCount = count.HeadedCount,
        }));
        return answer;
    }

    public override Task<V1.Node> UpdateNode(V1.UpdateNodeRequest request, ServerCallContext context) =>
        writes.RunAsync(request, context, async (work, _, token) =>
        {
            UpdateMask.Resolve(request.UpdateMask, "name");
            var node = await NodeStore.LockAsync(work, PlaceCode.Parse(request.Node.Code), token);
            Etag.Check(request.Node.Etag, node.Version);
            var renamed = node.Rename(request.Node.Name, work.Now);
            NodeStore.Save(work, [renamed]);
            NodeEvents.Publish(work, renamed);
            work.Audit("node.rename", "node", node.Code.Value, node.Code.Value);
            return Map(renamed);
        });

    public override Task<V1.Duty> AssignDuty(V1.AssignDutyRequest request, ServerCallContext context) =>
        writes.RunAsync(request, context, async (work, _, token) =>
        {
            var personId = Require.Id(request.PersonId, "person_id");
            if (!catalogue.DutyRoles.Contains(request.Role))
                throw GridErrors.DutyRoleUnknown.With(("role", request.Role), ("known", string.Join(", ", catalogue.DutyRoles))).At("role", "a role of the catalogue");
            var node = await NodeStore.LockAsync(work, PlaceCode.Parse(request.NodeCode), token);
            if (await DutyStore.IsOnDutyAsync(work, node.Code, personId, request.Role, token))
                throw GridErrors.DutyExists.With(("code", node.Code.Value), ("role", request.Role));
            if (request.Role == Duty.Head)
                return Map(await AssignHeadAsync(work, node, personId, token));
            var duty = new Duty(Guid.CreateVersion7(work.Now), node.Code, personId, request.Role, work.Now, null, null, 1);
            DutyStore.Add(work, duty);
            NodeEvents.Publish(work, duty);
            work.Audit("duty.assign", "duty", duty.DutyId.ToString(), node.Code.Value);
            return Map(duty);
        });

    public override Task<V1.Duty> EndDuty(V1.EndDutyRequest request, ServerCallContext context) =>
        writes.RunAsync(request, context, async (work, _, token) =>
        {
            var duty = await DutyStore.GetAsync(work, Require.Id(request.DutyId, "duty_id"), token);
            var ended = duty.End(work.Now);
            if (duty.Role == Duty.Head)
            {
                await RefuseWhenFollowingAsync(work, duty.NodeCode, token);
                HeadStore.Replace(work, await NodeStore.LockAsync(work, duty.NodeCode, token), duty, null, null);
                return Map(ended);
            }

            DutyStore.Save(work, ended);
            NodeEvents.Publish(work, ended);
            work.Audit("duty.end", "duty", duty.DutyId.ToString(), duty.NodeCode.Value);
            return Map(ended);
        });

    public override async Task<V1.ListDutiesResponse> ListDuties(V1.ListDutiesRequest request, ServerCallContext context)
    {
        var within = context.Caller().Intersect(request.NodeCode);
        var size = Paging.Size(request.PageSize);
        var after = Paging.After(request, 2) is [var node, var duty] ? (node, Guid.Parse(duty)) : ((string, Guid)?)null;
        var personId = request.PersonId.Length == 0 ? (Guid?)null : Require.Id(request.PersonId, "person_id");
        var recursive = request.Recursive || request.NodeCode.Length == 0;
        var found = await database.ReadAsync(
            (connection, token) => DutyStore.ListAsync(connection, within, recursive, personId, request.IncludeEnded, after, size + 1, token),
            context.CancellationToken);
        var answer = new V1.ListDutiesResponse();
        answer.Duties.AddRange(found.Take(size).Select(Map));
        if (found.Count > size)
            answer.NextPageToken = Paging.Next(request, found[size - 1].NodeCode.Value, found[size - 1].DutyId.ToString());
        return answer;
    }

    private async Task<Duty> AssignHeadAsync(UnitOfWork work, Node node, Guid personId, CancellationToken token)
    {
        await RefuseWhenFollowingAsync(work, node.Code, token);
        var current = await DutyStore.FindHeadAsync(work, node.Code, token);
        return HeadStore.Replace(work, node, current, personId, null)!;
    }

    private async Task RefuseWhenFollowingAsync(UnitOfWork work, PlaceCode node, CancellationToken token)
    {
        if (await DutyStore.FindHeadAppointmentAsync(work, node, ChinaTime.Day(work.Now), token) is { } appointment)
            throw GridErrors.HeadFollowsAppointment.With(("code", node.Value), ("appointment_id", appointment.AppointmentId.ToString()));
    }

    private static V1.Node Map(Node node) => new()
    {
        Code = node.Code.Value,
        Name = node.Name,
        Level = LevelOf(node.Code.Level),
        ParentCode = node.Code.Level == PlaceLevel.County ? "" : node.Code.Parent!.Value.Value,
        HeadPersonId = node.HeadPersonId?.ToString() ?? "",
        Etag = Etag.Of(node.Version),
        CreateTime = node.CreateTime.ToTimestamp(),
        UpdateTime = node.UpdateTime.ToTimestamp(),
    };

    private static V1.Duty Map(Duty duty) => new()
    {
        DutyId = duty.DutyId.ToString(),
        NodeCode = duty.NodeCode.Value,
        PersonId = duty.PersonId.ToString(),
        Role = duty.Role,
        StartTime = duty.StartTime.ToTimestamp(),
        EndTime = duty.EndTime?.ToTimestamp(),
        AppointmentId = duty.AppointmentId?.ToString() ?? "",
    };

    private static V1.NodeLevel LevelOf(PlaceLevel level) => level switch
    {
        PlaceLevel.County => V1.NodeLevel.County,
        PlaceLevel.Township => V1.NodeLevel.Township,
        PlaceLevel.Village => V1.NodeLevel.Village,
        PlaceLevel.MicroGrid => V1.NodeLevel.MicroGrid,
        _ => V1.NodeLevel.Unspecified,
    };

    private static PlaceLevel LevelOf(V1.NodeLevel level) => level switch
    {
        V1.NodeLevel.County => PlaceLevel.County,
        V1.NodeLevel.Township => PlaceLevel.Township,
        V1.NodeLevel.Village => PlaceLevel.Village,
        V1.NodeLevel.MicroGrid => PlaceLevel.MicroGrid,
        _ => throw Require.Invalid("level", "COUNTY, TOWNSHIP, VILLAGE or MICRO_GRID"),
    };
}
