using System.Globalization;
using Dapper;
using Grpc.Core;
using Jiceng.Common.V1;
using Jiceng.Domain;
using Jiceng.Persistence;
using Jiceng.Rpc;

namespace Jiceng.Messaging;

/// <summary>The event feed and the dead letters of this service.</summary>
internal sealed class MessagingService(
    EventFeed feed, EventReaches reaches, EventFollowing following, DeadLetters deadLetters, Database database, RpcWrites writes, ServiceName service)
    : Common.V1.MessagingService.MessagingServiceBase
{
    private const int DefaultPage = 500;
    private const int LargestPage = 1000;

    public override async Task<ReadEventsResponse> ReadEvents(ReadEventsRequest request, ServerCallContext context)
    {
        var limit = request.PageSize switch
        {
            < 0 => throw Require.Invalid("page_size", "0 or more"),
            0 => DefaultPage,
            _ => Math.Min(request.PageSize, LargestPage),
        };
        reaches.Check(context.Caller(), request.Types_);
        var reach = reaches.Of(context.Caller(), request.Types_);
        var page = await feed.ReadAsync(request.AfterPosition, limit, reach.Types, EventFeed.PageBytes, context.CancellationToken);
        var told = page.Events.Select(reach.Redact).OfType<Envelope>();
        return new ReadEventsResponse { Events = { told.Select(MessagingMapper.ToMessage) }, NextPosition = page.NextPosition, CaughtUp = page.CaughtUp };
    }

    public override Task FollowEvents(FollowEventsRequest request, IServerStreamWriter<FollowEventsResponse> responseStream, ServerCallContext context)
    {
        if (request.FromNow && request.AfterPosition.Length > 0)
            throw Require.Invalid("from_now", "left out where after_position says where to begin");
        reaches.Check(context.Caller(), request.Types_);
        return following.RunAsync(
            request.FromNow ? null : request.AfterPosition,
            reaches.Of(context.Caller(), request.Types_, request.PlaceCode),
            (page, told, token) => responseStream.WriteAsync(
                new FollowEventsResponse { Events = { told.Select(MessagingMapper.ToMessage) }, Position = page.NextPosition, CaughtUp = page.CaughtUp }, token),
            context.CancellationToken);
    }

    public override async Task<ReplayEventsResponse> ReplayEvents(ReplayEventsRequest request, ServerCallContext context)
    {
        var start = Require.Time(request.StartTime, "start_time");
        var end = request.EndTime is { } given ? Require.Time(given, "end_time") : DateTimeOffset.MaxValue;
        if (end <= start) throw Require.Invalid("end_time", "after start_time");
        var values = new { start, end, all = request.Types_.Count == 0, types = request.Types_.ToArray(), feed = EventTypes.FeedTopic(service.Value) };
        const string Chosen =
            "publish_time IS NOT NULL AND topic <> @feed AND event_time >= @start AND event_time < @end AND (@all OR type = ANY(@types))";
        if (request.DryRun)
        {
            return new ReplayEventsResponse
            {
                EventCount = await database.ReadAsync(
                    (connection, token) => connection.ExecuteScalarAsync<long>(Command($"SELECT count(*) FROM outbox WHERE {Chosen}", values, token)),
                    context.CancellationToken),
            };
        }

        return await writes.RunAsync(
            request,
            context,
            async (work, _, token) =>
            {
                var count = await work.Connection.ExecuteAsync(
                    Command($"UPDATE outbox SET publish_time = NULL, retry_time = NULL, attempts = 0 WHERE {Chosen}", values, token));
                work.Audit("events.replay", "event", "*", null, $$"""{"count":{{count}}}""");
                work.Announce(EventPublishing.Written);
                return new ReplayEventsResponse { EventCount = count };
            });
    }

    public override async Task<ListDeadLettersResponse> ListDeadLetters(ListDeadLettersRequest request, ServerCallContext context)
    {
        var size = Paging.Size(request.PageSize);
        var keys = Paging.After(request, 2);
        var rows = await deadLetters.ListAsync(
            keys is null ? null : (DateTimeOffset.ParseExact(keys[0], "O", CultureInfo.InvariantCulture), keys[1]), size + 1, context.CancellationToken);
        var shown = rows.Take(size).ToList();
        return new ListDeadLettersResponse
        {
            DeadLetters = { shown.Select(MessagingMapper.ToMessage) },
            NextPageToken = rows.Count > size ? Paging.Next(request, shown[^1].ArrivalTime.ToString("O"), shown[^1].EventId) : "",
        };
    }

    public override async Task<ReplayDeadLettersResponse> ReplayDeadLetters(ReplayDeadLettersRequest request, ServerCallContext context)
    {
        var ids = await deadLetters.FindAsync(request.EventIds, context.CancellationToken);
        if (request.DryRun) return new ReplayDeadLettersResponse { ReplayedCount = ids.Count };
        return await writes.RunAsync(
            request,
            context,
            async (work, _, token) =>
            {
                // Each letter has a transaction of its own: one that fails leaves the others done.
                var response = new ReplayDeadLettersResponse();
                foreach (var id in ids)
                {
                    if (await deadLetters.ReplayAsync(id, token)) response.ReplayedCount++;
                    else response.FailedCount++;
                }

                work.Audit(
                    "dead_letters.replay", "dead_letter", "*", null,
                    $$"""{"replayed":{{response.ReplayedCount}},"failed":{{response.FailedCount}}}""");
                return response;
            });
    }

    private static CommandDefinition Command(string sql, object values, CancellationToken cancellationToken) =>
        new(sql, values, cancellationToken: cancellationToken);
}
