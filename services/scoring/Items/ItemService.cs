using Grpc.Core;
using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Rpc;
using Jiceng.Scoring.Items.Domain;
using Jiceng.Scoring.Subjects;
using Jiceng.Scoring.Subjects.Domain;
using V1 = Jiceng.Scoring.V1;

namespace Jiceng.Scoring.Items;

internal sealed class ItemService(Database database, RpcWrites writes)
    : V1.ItemService.ItemServiceBase
{
    private const int RemarkLimit = 1000;

    public override Task<V1.Item> AssignItem(V1.AssignItemRequest request, ServerCallContext context) => writes.RunAsync(
        request,
        context,
        async (work, caller, cancellationToken) =>
        {
            var place = PlaceCode.Parse(request.PlaceCode, "place_code");
            var id = Require.Text(request.SubjectId, "subject_id", 50);
            var due = Require.Time(request.DueTime ?? throw Require.Invalid("due_time", "a time in the future"), "due_time");
            if (due <= work.Now) throw Require.Invalid("due_time", "a time in the future");
            var subject = await SubjectStore.FindAsync(work.Connection, id, cancellationToken);
            if (subject is null || !IsAt(subject, place, ChinaTime.Day(work.Now)))
                throw ScoringErrors.SubjectNotFound.With(("subject_id", id), ("place_code", place.Value));
            var item = new Item
            {
                Id = Guid.CreateVersion7(work.Now),
                Place = place,
                Subject = subject.Ref,
                Title = Require.Text(request.Title, "title", 200),
                Division = Require.Optional(request.Division, "division", 50),
                Difficulty = Require.Range(request.Difficulty, "difficulty", 1, Item.MaxDifficulty),
                DueTime = due.TruncatedToMicroseconds(),
                AssignerId = caller.SubjectId,
                AssignTime = work.Now,
            };
            await ItemWriter.AddAsync(work, item, cancellationToken);
            return item.ToMessage();
        });

    public override Task<V1.Item> HandInItem(V1.HandInItemRequest request, ServerCallContext context) => ChangeAsync(
        request,
        request.ItemId,
        context,
        "item.hand_in",
        (item, subject, caller, now) => item.HandIn(caller.SubjectId, subject, Require.Optional(request.Remark, "remark", RemarkLimit), now));

    public override Task<V1.Item> VerifyItem(V1.VerifyItemRequest request, ServerCallContext context) => ChangeAsync(
        request,
        request.ItemId,
        context,
        "item.verify",
        (item, subject, caller, now) => item.Verify(
            caller.SubjectId,
            subject,
            request.Done,
            request.Done ? Require.Optional(request.Remark, "remark", RemarkLimit) : Require.Text(request.Remark, "remark", RemarkLimit),
            now));

    public override Task<V1.Item> CancelItem(V1.CancelItemRequest request, ServerCallContext context) => ChangeAsync(
        request,
        request.ItemId,
        context,
        "item.cancel",
        (item, _, caller, now) => item.Cancel(caller.SubjectId, Require.Text(request.Reason, "reason", RemarkLimit), now));

    public override async Task<V1.Item> GetItem(V1.GetItemRequest request, ServerCallContext context)
    {
        var id = Require.Id(request.ItemId, "item_id");
        var item = await database.ReadAsync((connection, token) => ItemStore.FindAsync(connection, id, token), context.CancellationToken);
        return (item ?? throw NotFound(request.ItemId)).ToMessage();
    }

    public override async Task<V1.ListItemsResponse> ListItems(V1.ListItemsRequest request, ServerCallContext context)
    {
        var limit = Paging.Limit(request.PageSize);
        var places = context.Caller().Intersect(request.PlaceCode);
        var subject = request.SubjectId.Length == 0 ? null : request.SubjectId;
        var state = Require.OptionalValue<ItemState>(request.State, "state");
        Guid? before = Paging.After(request, 1) is [var last] ? Guid.Parse(last) : null;
        var found = await database.ReadAsync(
            (connection, token) => ItemStore.ListAsync(connection, places, subject, state, before, limit, token), context.CancellationToken);
        var (rows, next) = Paging.Page(request, found, limit, row => [row.Id.ToString()]);
        return new V1.ListItemsResponse { Items = { rows.Select(row => row.ToMessage()) }, NextPageToken = next };
    }

    private static bool IsAt(Subject subject, PlaceCode place, DateOnly day) =>
        place.Contains(subject.Place) || subject.Memberships.Any(membership => membership.On(day) && place.Contains(membership.Place));

    private static ApiException NotFound(string id) => ScoringErrors.ItemNotFound.With(("item_id", id));

    private Task<V1.Item> ChangeAsync<TRequest>(
        TRequest request, string itemId, ServerCallContext context, string action, Func<Item, Subject, Caller, DateTimeOffset, Item> change)
        where TRequest : Google.Protobuf.IMessage<TRequest> => writes.RunAsync(
        request,
        context,
        async (work, caller, cancellationToken) =>
        {
            var item = await ItemStore.LockAsync(work, Require.Id(itemId, "item_id"), cancellationToken) ?? throw NotFound(itemId);
            var subject = await SubjectStore.FindAsync(work.Connection, item.Subject.Id, cancellationToken)
                ?? throw ScoringErrors.SubjectNotFound.With(("subject_id", item.Subject.Id), ("place_code", item.Place.Value));
            var changed = change(item, subject, caller, work.Now);
            await ItemWriter.SaveAsync(work, changed, action, cancellationToken);
            return changed.ToMessage();
        });
}
