using Google.Protobuf.WellKnownTypes;
using Jiceng.Common.V1;
using Jiceng.Rpc;
using Enum = System.Enum;

namespace Jiceng.Webhooks;

/// <summary>Stored webhooks and deliveries as the contracts have them.</summary>
internal static class WebhookMapper
{
    public static Webhook ToMessage(this WebhookRow row) => new()
    {
        WebhookId = row.Id.ToString(),
        Address = row.Address,
        Types_ = { row.Types },
        PlaceCode = row.PlaceCode ?? "",
        State = row.PauseReason is null ? WebhookState.Active : WebhookState.Paused,
        PauseReason = row.PauseReason is { } reason ? Enum.Parse<WebhookPauseReason>(reason) : WebhookPauseReason.Unspecified,
        OwnerId = row.OwnerId,
        PlaceCodes = { row.Owner.Intersect(row.PlaceCode ?? "").Select(code => code.Value) },
        OldSecretEndTime = row.OldSecretEndTime?.ToTimestamp(),
        WaitingCount = row.WaitingCount,
        DeadCount = row.DeadCount,
        SuccessTime = row.SuccessTime?.ToTimestamp(),
        Etag = Etag.Of(row.Version),
        CreateTime = row.CreateTime.ToTimestamp(),
        UpdateTime = row.UpdateTime.ToTimestamp(),
    };

    public static WebhookDelivery ToMessage(this WebhookDeliveryRow row) => new()
    {
        EventId = row.EventId.ToString(),
        Type = row.Type,
        Subject = row.Subject,
        EventTime = row.EventTime.ToTimestamp(),
        State = row.NextAttemptTime is null ? WebhookDeliveryState.Dead : WebhookDeliveryState.Waiting,
        AttemptCount = row.Attempts,
        Failure = row.Failure is { } failure ? Enum.Parse<WebhookFailure>(failure) : WebhookFailure.Unspecified,
        HttpStatus = row.HttpStatus ?? 0,
        AttemptTime = row.AttemptTime?.ToTimestamp(),
        NextAttemptTime = row.NextAttemptTime?.ToTimestamp(),
    };
}
