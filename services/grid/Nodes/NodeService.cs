using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Jiceng.Domain;
using Jiceng.Grid.Cases;
using Jiceng.Grid.Cases.Domain;
using Jiceng.Grid.Nodes.Domain;
using Jiceng.Persistence;
using Jiceng.Rpc;
using V1 = Jiceng.Grid.V1;

namespace Jiceng.Grid.Nodes;

/// <summary>NodeService: maps, calls, maps back.</summary>
internal sealed class NodeService(
    Database database, RpcWrites writes, ImportNodesHandler imports, Catalogue catalogue)
    : V1.NodeService.NodeServiceBase
{
    public override Task<V1.ImportNodesResponse> ImportNodes(
        IAsyncStreamReader<V1.ImportNodesRequest> requestStream, ServerCallContext context) => imports.RunAsync(requestStream, context);

    public override async Task<V1.Node> GetNode(V1.GetNodeRequest request, ServerCallContext context)
    {
        var code = PlaceCode.Parse(request.Code);
        var node = await database.ReadAsync((connection, token) => NodeStore.FindAsync(connection, code, token), context.CancellationToken);
        return (node ?? throw GridErrors.NodeNotFound.With(("code", code.Value))).ToMessage();
    }

    public override async Task<V1.ListNodesResponse> ListNodes(V1.ListNodesRequest request, ServerCallContext context)
    {
        var within = context.Caller().Intersect(request.ParentCode);
        var limit = Paging.Limit(request.PageSize);
        var after = Paging.After(request, 1)?[0] ?? "";
        var level = request.Level == V1.NodeLevel.Unspecified ? (PlaceLevel?)null : request.Level.ToLevel();
        var found = await database.ReadAsync(
            (connection, token) => request.Recursive
                ? NodeStore.ListAsync(connection, within, level, after, limit, token)
                : NodeStore.ListChildrenAsync(connection, within, request.ParentCode.Length > 0, level, after, limit, token),
            context.CancellationToken);
        var (rows, next) = Paging.Page(request, found, limit, last => [last.Code.Value]);
        return new V1.ListNodesResponse { Nodes = { rows.Select(row => row.ToMessage()) }, NextPageToken = next };
    }

    public override async Task<V1.CountNodesResponse> CountNodes(V1.CountNodesRequest request, ServerCallContext context)
    {
        var within = context.Caller().Intersect(request.Code);
        var counts = await database.ReadAsync((connection, token) => NodeStore.CountAsync(connection, within, token), context.CancellationToken);
        var answer = new V1.CountNodesResponse();
        answer.Counts.AddRange(counts.Select(count => count.ToMessage()));
        return answer;
    }

    public override Task<V1.Node> UpdateNode(V1.UpdateNodeRequest request, ServerCallContext context) =>
        writes.RunAsync(request, context, async (work, _, token) =>
        {
            UpdateMask.Resolve(request.UpdateMask, "name");
            var node = await NodeStore.LockAsync(work, PlaceCode.Parse(request.Node.Code), token);
            Etag.Check(request.Node.Etag, node.Version);
            var renamed = node.Rename(request.Node.Name, work.Now);
            NodeWriter.SaveOnCommit(work, renamed, "node.rename");
            return renamed.ToMessage();
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
                return (await AssignHeadAsync(work, node, personId, token)).ToMessage();
            var duty = Duty.Begin(Guid.CreateVersion7(work.Now), node.Code, personId, request.Role, work.Now);
            NodeWriter.AddOnCommit(work, duty);
            return duty.ToMessage();
        });

    public override Task<V1.Duty> EndDuty(V1.EndDutyRequest request, ServerCallContext context) =>
        writes.RunAsync(request, context, async (work, _, token) =>
        {
            var duty = await DutyStore.GetAsync(work, Require.Id(request.DutyId, "duty_id"), token);
            var ended = duty.End(work.Now);
            if (duty.Role == Duty.Head)
            {
                await RefuseWhenFollowingAsync(work, duty.NodeCode, token);
                NodeWriter.ReplaceHeadOnCommit(work, await NodeStore.LockAsync(work, duty.NodeCode, token), duty, null, null);
                return ended.ToMessage();
            }

            NodeWriter.EndOnCommit(work, ended);
            return ended.ToMessage();
        });

    public override async Task<V1.ListDutiesResponse> ListDuties(V1.ListDutiesRequest request, ServerCallContext context)
    {
        var within = context.Caller().Intersect(request.NodeCode);
        var page = PlacePage.Of(request, request.PageSize);
        var personId = Require.OptionalId(request.PersonId, "person_id");
        var recursive = request.Recursive || request.NodeCode.Length == 0;
        var found = await database.ReadAsync(
            (connection, token) => DutyStore.ListAsync(connection, within, recursive, personId, request.IncludeEnded, page, token),
            context.CancellationToken);
        var (rows, next) = Paging.Page(request, found, page.Limit, last => [last.NodeCode.Value, last.DutyId.ToString()]);
        return new V1.ListDutiesResponse { Duties = { rows.Select(row => row.ToMessage()) }, NextPageToken = next };
    }

    private async Task<Duty> AssignHeadAsync(UnitOfWork work, Node node, Guid personId, CancellationToken cancellationToken)
    {
        await RefuseWhenFollowingAsync(work, node.Code, cancellationToken);
        var current = await DutyStore.FindHeadAsync(work, node.Code, cancellationToken);
        return NodeWriter.ReplaceHeadOnCommit(work, node, current, personId, null)!;
    }

    private async Task RefuseWhenFollowingAsync(UnitOfWork work, PlaceCode node, CancellationToken cancellationToken)
    {
        if (await DutyStore.FindHeadAppointmentAsync(work, node, ChinaTime.Day(work.Now), cancellationToken) is { } appointment)
            throw GridErrors.HeadFollowsAppointment.With(("code", node.Value), ("appointment_id", appointment.AppointmentId.ToString()));
    }
}
