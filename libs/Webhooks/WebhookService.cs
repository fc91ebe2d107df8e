using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Jiceng.Common.V1;
using Jiceng.Domain;
using Jiceng.Messaging;
using Jiceng.Persistence;
using Jiceng.Rpc;
using Microsoft.Extensions.Options;

namespace Jiceng.Webhooks;

/// <summary>Registers webhooks and looks after them.</summary>
internal sealed class WebhookService(
    ServiceName service, Database database, RpcWrites writes, EventReaches reaches, AddressGuard guard, WebhookClient client, WebhookSecrets secrets,
    IOptions<WebhookSettings> settings, TimeProvider time)
    : Common.V1.WebhookService.WebhookServiceBase
{
    private const int MostOfOne = 20;
    private static readonly TimeSpan Overlap = TimeSpan.FromHours(24);
    private static readonly TimeSpan LongestOverlap = TimeSpan.FromDays(7);
    private static readonly TimeSpan BetweenTests = TimeSpan.FromSeconds(5);

    public override async Task<Webhook> CreateWebhook(CreateWebhookRequest request, ServerCallContext context)
    {
        var given = request.Webhook ?? new Webhook();
        var answer = await writes.RunAsync(request, context, async (work, caller, token) =>
        {
            var id = Guid.CreateVersion7(work.Now);
            var webhook = await CheckedAsync(
                new WebhookRow
                {
                    Id = id,
                    Address = given.Address,
                    Types = [.. given.Types_.Distinct()],
                    PlaceCode = given.PlaceCode.Length == 0 ? null : given.PlaceCode,
                    Secret = secrets.Encrypt(id, WebhookSignature.NewSecret()),
                    Version = 1,
                    CreateTime = work.Now,
                    UpdateTime = work.Now,
                },
                caller,
                token);
            await work.LockAsync([$"webhooks/{caller.SubjectId}"], token);
            if (await WebhookStore.CountAsync(work, caller.SubjectId, token) >= MostOfOne)
                throw WebhookErrors.TooMany.With(("limit", MostOfOne.ToString(CultureInfo.InvariantCulture)));
            WebhookStore.Insert(work, webhook);
            work.Audit("webhook.create", "webhook", id.ToString(), webhook.PlaceCode);
            return Sealed(webhook);
        });
        return Opened(answer);
    }

    public override async Task<Webhook> GetWebhook(GetWebhookRequest request, ServerCallContext context)
    {
        var id = Require.Id(request.WebhookId, "webhook_id");
        return WebhookMapper.ToMessage(await FindAsync(id, context));
    }

    public override async Task<ListWebhooksResponse> ListWebhooks(ListWebhooksRequest request, ServerCallContext context)
    {
        var caller = context.Caller();
        var size = Paging.Size(request.PageSize);
        Guid? after = Paging.After(request, 1) is [var last] ? Guid.Parse(last) : null;
        var owner = caller.May(Permission.Operate) ? null : caller.SubjectId;
        var rows = await database.ReadAsync((connection, token) => WebhookStore.ListAsync(connection, owner, after, size + 1, token), context.CancellationToken);
        var shown = rows.Take(size).ToList();
        return new ListWebhooksResponse
        {
            Webhooks = { shown.Select(WebhookMapper.ToMessage) },
            NextPageToken = rows.Count > size ? Paging.Next(request, shown[^1].Id.ToString()) : "",
        };
    }

    public override Task<Webhook> UpdateWebhook(UpdateWebhookRequest request, ServerCallContext context)
    {
        var given = request.Webhook ?? new Webhook();
        return ChangeAsync(request, context, given.WebhookId, "webhook.update", async (work, webhook, caller, token) =>
        {
            var fields = UpdateMask.Resolve(request.UpdateMask, "address", "types", "place_code");
            Etag.Check(given.Etag, webhook.Version);
            return await CheckedAsync(
                webhook with
                {
                    Address = fields.Contains("address") ? given.Address : webhook.Address,
                    Types = fields.Contains("types") ? [.. given.Types_.Distinct()] : webhook.Types,
                    PlaceCode = !fields.Contains("place_code") ? webhook.PlaceCode : given.PlaceCode.Length == 0 ? null : given.PlaceCode,
                },
                caller,
                token);
        });
    }

    public override Task<Webhook> PauseWebhook(PauseWebhookRequest request, ServerCallContext context) =>
        ChangeAsync(request, context, request.WebhookId, "webhook.pause", (_, webhook, caller, _) =>
        {
            var operates = caller.May(Permission.Operate);
            if (webhook.PauseReason is not null && !operates) return Task.FromResult(webhook);
            return Task.FromResult(webhook with { PauseReason = (operates ? WebhookPauseReason.Operator : WebhookPauseReason.Owner).ToString() });
        }, operators: true);

    public override Task<Webhook> ResumeWebhook(ResumeWebhookRequest request, ServerCallContext context) =>
        ChangeAsync(request, context, request.WebhookId, "webhook.resume", (work, webhook, caller, _) =>
        {
            if (webhook.PauseReason == nameof(WebhookPauseReason.Operator) && !caller.May(Permission.Operate)) throw WebhookErrors.PausedByOperator.With();
            WebhookStore.Refresh(work, webhook.Id);
            return Task.FromResult(webhook with { PauseReason = null });
        }, operators: true);

    public override async Task<Webhook> RotateWebhookSecret(RotateWebhookSecretRequest request, ServerCallContext context)
    {
        var overlap = request.Overlap is { } given ? OverlapOf(given) : Overlap;
        var answer = await ChangeAsync(request, context, request.WebhookId, "webhook.rotate", (work, webhook, _, _) => Task.FromResult(webhook with
        {
            Secret = secrets.Encrypt(webhook.Id, WebhookSignature.NewSecret()),
            OldSecret = overlap > TimeSpan.Zero ? webhook.Secret : null,
            OldSecretEndTime = overlap > TimeSpan.Zero ? work.Now + overlap : null,
        }), map: Sealed);
        return Opened(answer);
    }

    public override async Task<Webhook> DeleteWebhook(DeleteWebhookRequest request, ServerCallContext context)
    {
        var id = Require.Id(request.WebhookId, "webhook_id");
        return await writes.RunAsync(request, context, async (work, caller, token) =>
        {
            var webhook = Visible(await WebhookStore.LockAsync(work, id, token), id, caller, operators: false);
            WebhookStore.Delete(work, id);
            work.Audit("webhook.delete", "webhook", id.ToString(), webhook.PlaceCode);
            return webhook.ToMessage();
        });
    }

    public override async Task<TestWebhookResponse> TestWebhook(TestWebhookRequest request, ServerCallContext context)
    {
        var id = Require.Id(request.WebhookId, "webhook_id");
        var webhook = await FindAsync(id, context, operators: false);
        await MarkTestAsync(id, context);
        // Outside of the transaction, which a slow receiver would hold open.
        var topic = EventTypes.FeedTopic(service.Value);
        var now = time.GetUtcNow();
        var test = new Envelope
        {
            Id = Guid.CreateVersion7(now),
            Topic = topic,
            Type = $"{topic}.webhook.tested.v1",
            Source = CloudEvents.SourceOf(topic),
            Subject = id.ToString(),
            Sequence = 1,
            Time = now,
            TraceParent = System.Diagnostics.Activity.Current?.Id,
            DataJson = "{}",
        };
        var attempt = await client.SendAsync(
            new Uri(webhook.Address), test.Id, CloudEvents.Write(test), [secrets.Decrypt(id, webhook.Secret)], test.TraceParent, context.CancellationToken);
        return await writes.RunAsync(request, context, (work, _, _) =>
        {
            work.Audit("webhook.test", "webhook", id.ToString(), webhook.PlaceCode);
            return Task.FromResult(new TestWebhookResponse
            {
                Delivered = attempt.Delivered,
                HttpStatus = attempt.Status ?? 0,
                Failure = attempt.Failure,
                Milliseconds = (int)attempt.Took.TotalMilliseconds,
            });
        });
    }

    public override async Task<ListWebhookDeliveriesResponse> ListWebhookDeliveries(ListWebhookDeliveriesRequest request, ServerCallContext context)
    {
        var id = Require.Id(request.WebhookId, "webhook_id");
        var size = Paging.Size(request.PageSize);
        long? after = Paging.After(request, 1) is [var last] ? long.Parse(last, CultureInfo.InvariantCulture) : null;
        await FindAsync(id, context);
        var rows = await database.ReadAsync(
            (connection, token) => WebhookStore.DeliveriesAsync(connection, id, request.State, after, size + 1, token), context.CancellationToken);
        var shown = rows.Take(size).ToList();
        return new ListWebhookDeliveriesResponse
        {
            Deliveries = { shown.Select(WebhookMapper.ToMessage) },
            NextPageToken = rows.Count > size ? Paging.Next(request, shown[^1].Ordinal.ToString(CultureInfo.InvariantCulture)) : "",
        };
    }

    public override async Task<ReplayWebhookDeliveriesResponse> ReplayWebhookDeliveries(ReplayWebhookDeliveriesRequest request, ServerCallContext context)
    {
        var id = Require.Id(request.WebhookId, "webhook_id");
        var events = request.EventIds.Select(one => Require.Id(one, "event_ids")).ToArray();
        DateTimeOffset? start = request.StartTime is { } given ? Require.Time(given, "start_time") : null;
        if (start is not null && events.Length > 0) throw Require.Invalid("start_time", "left out where event_ids are given");
        var webhook = await FindAsync(id, context);
        var types = reaches.Of(webhook.Owner, webhook.Types, webhook.PlaceCode ?? "").Types;
        if (request.DryRun)
        {
            return new ReplayWebhookDeliveriesResponse
            {
                DeliveryCount = await database.ReadAsync(
                    (connection, token) => start is { } since
                        ? WebhookStore.CountSinceAsync(connection, since, types, token)
                        : WebhookStore.CountDeadAsync(connection, id, events, token),
                    context.CancellationToken),
            };
        }

        return await writes.RunAsync(request, context, async (work, caller, token) =>
        {
            Visible(await WebhookStore.LockAsync(work, id, token), id, caller, operators: true);
            long count;
            if (start is { } since)
            {
                count = await WebhookStore.CountSinceAsync(work.Connection, since, types, token);
                await WebhookStore.RewindAsync(work, id, since, token);
            }
            else
            {
                count = await WebhookStore.ReviveAsync(work, id, events, token);
            }

            WebhookStore.Refresh(work, id);
            work.Audit("webhook.replay", "webhook", id.ToString(), webhook.PlaceCode, $$"""{"count":{{count}}}""");
            work.Announce(EventPublishing.Fed);
            return new ReplayWebhookDeliveriesResponse { DeliveryCount = count };
        });
    }

    /// <summary>Changes a webhook in a transaction, with a new version where anything of it is another.</summary>
    private async Task<Webhook> ChangeAsync<TRequest>(
        TRequest request, ServerCallContext context, string webhookId, string action,
        Func<UnitOfWork, WebhookRow, Caller, CancellationToken, Task<WebhookRow>> change, bool operators = false, Func<WebhookRow, Webhook>? map = null)
        where TRequest : Google.Protobuf.IMessage<TRequest>
    {
        var id = Require.Id(webhookId, "webhook_id");
        return await writes.RunAsync(request, context, async (work, caller, token) =>
        {
            var changed = await change(work, Visible(await WebhookStore.LockAsync(work, id, token), id, caller, operators), caller, token);
            changed = changed with { Version = changed.Version + 1, UpdateTime = work.Now };
            WebhookStore.Save(work, changed);
            work.Audit(action, "webhook", id.ToString(), changed.PlaceCode);
            work.Announce(EventPublishing.Fed);
            return (map ?? WebhookMapper.ToMessage)(changed);
        });
    }

    /// <summary>The webhook as the caller may have it.</summary>
    private async Task<WebhookRow> CheckedAsync(WebhookRow asked, Caller caller, CancellationToken cancellationToken)
    {
        var webhook = asked.AllowedBy(caller);
        var address = WebhookAddress.Parse(webhook.Address, "webhook.address", settings.Value.AllowHttp);
        reaches.Check(webhook.Owner, webhook.Types);
        if (webhook.PlaceCode is { } code && !caller.Scope.Contains(PlaceCode.Parse(code, "webhook.place_code")))
            throw CommonErrors.OutOfScope.With(("field", "webhook.place_code"));
        if (reaches.Of(webhook.Owner, webhook.Types).Types is { Count: 0 } || caller.Scope.Codes.IsEmpty)
            throw WebhookErrors.NothingToSend.With(("service", service.Value));
        await guard.CheckAsync(address, "webhook.address", cancellationToken);
        return webhook;
    }

    private async Task<WebhookRow> FindAsync(Guid id, ServerCallContext context, bool operators = true) => Visible(
        await database.ReadAsync((connection, token) => WebhookStore.FindAsync(connection, id, token), context.CancellationToken), id, context.Caller(), operators);

    /// <summary>The webhook, when it is the caller's own, or is for operations to look after.</summary>
    private static WebhookRow Visible(WebhookRow? webhook, Guid id, Caller caller, bool operators) =>
        webhook is not null && (webhook.OwnerId == caller.SubjectId || (operators && caller.May(Permission.Operate)))
            ? webhook
            : throw WebhookErrors.WebhookNotFound.With(("webhook_id", id.ToString()));

    private async Task MarkTestAsync(Guid id, ServerCallContext context)
    {
        var marked = await database.WriteAsync(
            new WriteContext(context.Caller().SubjectId, context.Method),
            (work, token) => WebhookStore.MarkTestAsync(work, id, work.Now - BetweenTests, token),
            context.CancellationToken);
        if (!marked) throw WebhookErrors.TestedJustNow.With(("seconds", $"{BetweenTests.TotalSeconds}")).Retry(BetweenTests);
    }

    /// <summary>An answer with its secret as it may be stored with the request id: encrypted.</summary>
    private static Webhook Sealed(WebhookRow webhook)
    {
        var answer = webhook.ToMessage();
        answer.Secret = Convert.ToBase64String(webhook.Secret);
        return answer;
    }

    /// <summary>The same as the caller gets it.</summary>
    private Webhook Opened(Webhook answer)
    {
        answer.Secret = secrets.Decrypt(Guid.Parse(answer.WebhookId), Convert.FromBase64String(answer.Secret));
        return answer;
    }

    private static TimeSpan OverlapOf(Duration given)
    {
        var seconds = given.Seconds + (given.Nanos / 1e9);
        return seconds >= 0 && seconds <= LongestOverlap.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw Require.Invalid("overlap", "from 0 to 7 days");
    }
}
