using Google.Protobuf;
using Grpc.Core;
using Jiceng.Domain;
using Jiceng.Grid.Cases.Domain;
using Jiceng.Grid.Nodes;
using Jiceng.Grid.Statistics;
using Jiceng.Persistence;
using Jiceng.Rpc;
using V1 = Jiceng.Grid.V1;

namespace Jiceng.Grid.Cases;

/// <summary>CaseService: maps, calls, maps back.</summary>
internal sealed class CaseService(
    Database database,
    RpcWrites writes,
    ContactStore contacts,
    CaseVerbs verbs,
    Catalogue catalogue,
    CaseChangeNotifier changes,
    CaseStatisticsHandler statistics,
    TimeProvider time) : V1.CaseService.CaseServiceBase
{
    private const int AssignmentLimit = 20;
    private const int TaskLimit = 500;

    public override Task<V1.Case> ReportCase(V1.ReportCaseRequest request, ServerCallContext context) =>
        writes.RunAsync(request, context, (work, caller, _) =>
        {
            var node = PlaceCode.Parse(request.NodeCode);
            var act = new CaseAct(caller.SubjectId, work.Now, Require.Text(request.Description, "description", CaseMapper.TextLimit))
            {
                Attachments = request.Attachments.ToAttachments("attachments"),
            };
            var contact = request.Contact.ToContact();
            var reported = verbs.Report(Guid.CreateVersion7(work.Now), node, request.Category, request.Urgency.ToUrgency(), act);
            List<CaseMove> moves = [reported];
            if (request.Result is { } result)
                moves.AddRange(verbs.HandleOnTheSpot(reported.Case, OnTheSpot(result, caller, work.Now)));
            CaseWriter.AddOnCommit(work, moves);
            if (contact is not null)
                contacts.AddOnCommit(work, reported.Case.Id, contact);
            return Task.FromResult(moves[^1].Case.ToMessage(contact, masked: true, work.Now));
        });

    public override Task<V1.Case> AcceptCase(V1.AcceptCaseRequest request, ServerCallContext context) =>
        MoveAsync(request, context, request.CaseId, request.Etag, act => act with { Remark = Remark(request.Remark) }, verbs.Accept);

    public override Task<V1.Case> RejectCase(V1.RejectCaseRequest request, ServerCallContext context) =>
        MoveAsync(request, context, request.CaseId, request.Etag, act => act with { Remark = Reason(request.Reason) }, verbs.Reject);

    public override Task<V1.Case> VoidCase(V1.VoidCaseRequest request, ServerCallContext context) =>
        MoveAsync(request, context, request.CaseId, request.Etag, act => act with { Remark = Reason(request.Reason) }, verbs.Void);

    public override Task<V1.Case> EscalateCase(V1.EscalateCaseRequest request, ServerCallContext context) =>
        MoveAsync(request, context, request.CaseId, request.Etag, act => act with { Remark = Reason(request.Reason) }, verbs.Escalate);

    public override Task<V1.Case> DispatchCase(V1.DispatchCaseRequest request, ServerCallContext context)
    {
        if (request.Assignments.Count is 0 or > AssignmentLimit)
            throw Require.Invalid("assignments", $"1 to {AssignmentLimit} handlers");
        return MoveAsync(
            request,
            context,
            request.CaseId,
            request.Etag,
            act => act with { Remark = Remark(request.Remark) },
            (from, act) => verbs.Dispatch(from, [.. request.Assignments.Select(Part)], act));
    }

    public override Task<V1.Case> StartCase(V1.StartCaseRequest request, ServerCallContext context) =>
        MoveAsync(request, context, request.CaseId, request.Etag, act => act with { Remark = Remark(request.Remark) }, verbs.Start);

    public override Task<V1.Case> ReturnCase(V1.ReturnCaseRequest request, ServerCallContext context) =>
        MoveAsync(request, context, request.CaseId, request.Etag, act => act with { Remark = Reason(request.Reason) }, verbs.Return);

    public override Task<V1.Case> SuspendCase(V1.SuspendCaseRequest request, ServerCallContext context) =>
        MoveAsync(request, context, request.CaseId, request.Etag, act => act with { Remark = Reason(request.Reason) }, verbs.Suspend);

    public override Task<V1.Case> ResumeCase(V1.ResumeCaseRequest request, ServerCallContext context) =>
        MoveAsync(request, context, request.CaseId, request.Etag, act => act with { Remark = Remark(request.Remark) }, verbs.Resume);

    public override Task<V1.Case> FinishCase(V1.FinishCaseRequest request, ServerCallContext context) => MoveAsync(
        request,
        context,
        request.CaseId,
        request.Etag,
        act => act with
        {
            Remark = Require.Text(request.Result, "result", CaseMapper.TextLimit),
            Attachments = request.Attachments.ToAttachments("attachments"),
        },
        verbs.Finish);

    public override Task<V1.Case> VerifyCase(V1.VerifyCaseRequest request, ServerCallContext context) => MoveAsync(
        request,
        context,
        request.CaseId,
        request.Etag,
        act => act with
        {
            Remark = request.Passed ? Remark(request.Remark) : Require.Text(request.Remark, "remark", CaseMapper.TextLimit),
            Attachments = request.Attachments.ToAttachments("attachments"),
        },
        request.Passed ? verbs.Pass : verbs.Fail);

    public override Task<V1.Case> ReopenCase(V1.ReopenCaseRequest request, ServerCallContext context) =>
        MoveAsync(request, context, request.CaseId, request.Etag, act => act with { Remark = Reason(request.Reason) }, verbs.Reopen);

    public override Task<V1.Case> RateCase(V1.RateCaseRequest request, ServerCallContext context) => MoveAsync(
        request,
        context,
        request.CaseId,
        "",
        act => act with { Remark = Remark(request.Remark) },
        (from, act) => verbs.Rate(from, Require.Range(request.Rating, "rating", 1, 5), act));

    public override async Task<V1.Case> GetCase(V1.GetCaseRequest request, ServerCallContext context)
    {
        var caller = context.Caller();
        var id = Require.Id(request.CaseId, "case_id");
        var (found, contact) = await database.ReadAsync(
            async (connection, token) => (
                await CaseStore.FindAsync(connection, id, token),
                (await contacts.FindAsync(connection, [id], token)).GetValueOrDefault(id)),
            context.CancellationToken);
        var masked = !found!.IsHandler(caller.SubjectId);
        if (contact is not null && !masked)
        {
            await database.WriteAsync(
                new Persistence.WriteContext(caller.SubjectId, context.Method),
                (work, _) =>
                {
                    work.Audit("case.contact.read", "case", id.ToString(), found.Node.Value);
                    return Task.FromResult(true);
                },
                context.CancellationToken);
        }

        return found.ToMessage(contact, masked, time.GetUtcNow());
    }

    public override async Task<V1.ListCasesResponse> ListCases(V1.ListCasesRequest request, ServerCallContext context)
    {
        var limit = Paging.Limit(request.PageSize);
        var after = Paging.After(request, 1) is [var last] ? Guid.Parse(last) : (Guid?)null;
        var now = time.GetUtcNow();
        var filter = new CaseFilter(
            context.Caller().Intersect(request.NodeCode),
            [.. request.States.Select(state => (int)state)],
            request.Category,
            Require.OptionalId(request.HandlerId, "handler_id"),
            request.Overdue,
            now);
        var (found, contact) = await database.ReadAsync(
            async (connection, token) =>
            {
                var listed = await CaseStore.ListAsync(connection, filter, after, limit, token);
                return (listed, await contacts.FindAsync(connection, listed.Select(one => one.Id), token));
            },
            context.CancellationToken);
        var (rows, next) = Paging.Page(request, found, limit, row => [row.Id.ToString()]);
        return new V1.ListCasesResponse
        {
            Cases = { rows.Select(row => row.ToMessage(contact.GetValueOrDefault(row.Id), masked: true, now)) },
            NextPageToken = next,
        };
    }

    public override async Task<V1.ListCaseStepsResponse> ListCaseSteps(V1.ListCaseStepsRequest request, ServerCallContext context)
    {
        var id = Require.Id(request.CaseId, "case_id");
        var steps = await database.ReadAsync((connection, token) => CaseStore.ListStepsAsync(connection, id, token), context.CancellationToken);
        var answer = new V1.ListCaseStepsResponse();
        answer.Steps.AddRange(steps.Select(step => step.ToMessage()));
        return answer;
    }

    public override async Task WatchCases(
        V1.WatchCasesRequest request, IServerStreamWriter<V1.WatchCasesResponse> responseStream, ServerCallContext context)
    {
        var token = context.CancellationToken;
        using var watcher = await changes.WatchAsync(context.Caller().Intersect(request.NodeCode), token);
        await responseStream.WriteAsync(new V1.WatchCasesResponse(), token);
        while (true)
        {
            var id = await watcher.NextAsync(token);
            var found = await database.ReadAsync((connection, inner) => CaseStore.FindAsync(connection, id, inner), token);
            if (found is not null)
                await responseStream.WriteAsync(new V1.WatchCasesResponse { Case = found.ToMessage(null, masked: true, time.GetUtcNow()) }, token);
        }
    }

    public override Task<V1.CaseStatistics> GetCaseStatistics(V1.GetCaseStatisticsRequest request, ServerCallContext context) =>
        statistics.GetAsync(request, context);

    public override Task<V1.ListCategoriesResponse> ListCategories(V1.ListCategoriesRequest request, ServerCallContext context)
    {
        var answer = new V1.ListCategoriesResponse();
        answer.Categories.AddRange(catalogue.Categories.Select(category => category.ToMessage()));
        return Task.FromResult(answer);
    }

    private Task<V1.Case> MoveAsync<TRequest>(
        TRequest request,
        ServerCallContext context,
        string caseId,
        string etag,
        Func<CaseAct, CaseAct> say,
        Func<Case, CaseAct, CaseMove> verb)
        where TRequest : IMessage<TRequest> =>
        writes.RunAsync(request, context, async (work, caller, token) =>
        {
            var act = say(new CaseAct(caller.SubjectId, work.Now));
            var from = await CaseStore.LockAsync(work, Require.Id(caseId, "case_id"), token);
            Etag.Check(etag, from.Version);
            var move = verb(from, act);
            CaseWriter.SaveOnCommit(work, move);
            return move.Case.ToMessage(null, masked: true, work.Now);
        });

    private static CaseAct OnTheSpot(V1.OnTheSpotResult result, Caller caller, DateTimeOffset now)
    {
        // Parts are kept by person; a system that reports cannot have handled anything on the spot.
        Require.Id(caller.SubjectId, "sub");
        return new CaseAct(caller.SubjectId, now, Require.Text(result.Result, "result.result", CaseMapper.TextLimit))
        {
            Attachments = result.Attachments.ToAttachments("result.attachments"),
        };
    }

    private static CasePart Part(V1.Assignment assignment, int index) => new(
        Require.Id(assignment.HandlerId, $"assignments[{index}].handler_id"),
        Require.Optional(assignment.Task, $"assignments[{index}].task", TaskLimit));

    private static string Remark(string remark) => Require.Optional(remark, "remark", CaseMapper.TextLimit);

    private static string Reason(string reason) => Require.Text(reason, "reason", CaseMapper.TextLimit);
}
