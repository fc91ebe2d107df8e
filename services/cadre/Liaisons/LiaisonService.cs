using Grpc.Core;
using Jiceng.Cadre.Liaisons.Domain;
using Jiceng.Common.V1;
using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Rpc;

namespace Jiceng.Cadre.Liaisons;

internal sealed class LiaisonService(RpcWrites writes, Database database) : V1.LiaisonService.LiaisonServiceBase
{
    private const int ReasonLimit = 200;
    private const int RowLimit = 1_000;

    public override Task<V1.Liaison> AssignLiaison(V1.AssignLiaisonRequest request, ServerCallContext context) =>
        writes.RunAsync(request, context, async (work, _, token) =>
        {
            var draft = request.Liaison.ToDraft(work.Now);
            var last = await LiaisonStore.LockVillagesAsync(work, [draft.Place], token);
            var made = draft.Begin(last.GetValueOrDefault(draft.Place), ChinaTime.Day(work.Now));
            LiaisonWriter.AddOnCommit(work, made);
            return made.ToMessage();
        });

    public override Task<V1.Liaison> EndLiaison(V1.EndLiaisonRequest request, ServerCallContext context) =>
        writes.RunAsync(request, context, async (work, _, token) =>
        {
            var before = await LiaisonStore.LockAsync(work, Require.Id(request.LiaisonId, "liaison_id"), token) ?? throw NotFound();
            Etag.Check(request.Etag, before.Version);
            var after = before.End(
                Require.OptionalDate(request.EndDate, "end_date") ?? ChinaTime.Day(work.Now), Require.Text(request.Reason, "reason", ReasonLimit), work.Now);
            LiaisonWriter.SaveOnCommit(work, after);
            return after.ToMessage();
        });

    public override async Task<V1.Liaison> GetLiaison(V1.GetLiaisonRequest request, ServerCallContext context)
    {
        var id = Require.Id(request.LiaisonId, "liaison_id");
        var found = await database.ReadAsync((connection, token) => LiaisonStore.FindAsync(connection, id, token), context.CancellationToken);
        return (found ?? throw NotFound()).ToMessage();
    }

    public override async Task<V1.ListLiaisonsResponse> ListLiaisons(V1.ListLiaisonsRequest request, ServerCallContext context)
    {
        var within = context.Caller().Intersect(request.PlaceCode);
        var kind = Require.OptionalValue<HelperKind>(request.HelperKind, "helper_kind");
        var day = Require.OptionalDate(request.AsOfDate, "as_of_date");
        var page = PlacePage.Of(request, request.PageSize);
        var found = await database.ReadAsync(
            (connection, token) => LiaisonStore.ListAsync(connection, within, kind, day, page, token), context.CancellationToken);
        var (rows, next) = Paging.Page(request, found, page.Limit, last => [last.Place.Value, last.Id.ToString()]);
        return new V1.ListLiaisonsResponse { Liaisons = { rows.Select(row => row.ToMessage()) }, NextPageToken = next };
    }

    public override Task<V1.ImportLiaisonsResponse> ImportLiaisons(V1.ImportLiaisonsRequest request, ServerCallContext context)
    {
        Require.Range(request.Rows.Count, "rows", 1, RowLimit);
        return writes.RunAsync(request, context, async (work, caller, token) =>
        {
            var response = new V1.ImportLiaisonsResponse();
            var faults = new List<RowFault>();
            var drafts = new List<(int Line, Liaison Draft)>();
            foreach (var row in request.Rows) Check(row.Line, () => drafts.Add((row.Line, ReadRow(row, caller, work.Now))));
            var last = await LiaisonStore.LockVillagesAsync(work, [.. drafts.Select(row => row.Draft.Place).Distinct()], token);
            foreach (var (line, draft) in drafts) Check(line, () => Assign(draft));
            response.Faults.Add(faults.OrderBy(fault => fault.Line));
            return response;

            void Check(int line, Action action)
            {
                try
                {
                    action();
                }
                catch (ApiException error)
                {
                    faults.Add(error.ToFault(line));
                }
            }

            void Assign(Liaison draft)
            {
                var known = last.GetValueOrDefault(draft.Place);
                if (known?.IsRepeatedBy(draft) == true)
                {
                    response.UnchangedCount++;
                    return;
                }

                var made = draft.Begin(known, ChinaTime.Day(work.Now));
                last[made.Place] = made;
                response.CreatedCount++;
                if (!request.DryRun) LiaisonWriter.AddOnCommit(work, made);
            }
        });
    }

    private static Liaison ReadRow(V1.LiaisonRow row, Caller caller, DateTimeOffset now)
    {
        var draft = row.Liaison.ToDraft(now);
        return caller.Scope.Contains(draft.Place) ? draft : throw NotFound("liaison.place_code");
    }

    private static ApiException NotFound(string field = "liaison_id") => CommonErrors.OutOfScope.With(("field", field));
}
