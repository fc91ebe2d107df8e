using Jiceng.Common.V1;
using Jiceng.Domain;
using Jiceng.Rpc;

namespace Jiceng.Webhooks;

/// <summary>A webhook as it is stored.</summary>
internal sealed record WebhookRow
{
    public Guid Id { get; init; }

    public string OwnerId { get; init; } = "";

    public string Address { get; init; } = "";

    public string[] Types { get; init; } = [];

    public string? PlaceCode { get; init; }

    public string[] OwnerRoles { get; init; } = [];

    public string[] OwnerPlaces { get; init; } = [];

    public byte[] Secret { get; init; } = [];

    public byte[]? OldSecret { get; init; }

    public DateTimeOffset? OldSecretEndTime { get; init; }

    /// <summary>Name of the <see cref="WebhookPauseReason"/>, or null while events are sent.</summary>
    public string? PauseReason { get; init; }

    public DateTimeOffset? SuccessTime { get; init; }

    public DateTimeOffset? TestTime { get; init; }

    public long Version { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }

    public long WaitingCount { get; init; }

    public long DeadCount { get; init; }

    /// <summary>The receiver, from the claims of its token.</summary>
    public Caller Owner => new(OwnerId, "", [.. OwnerRoles], PlaceScope.Of(OwnerPlaces.Select(code => Domain.PlaceCode.Parse(code))));

    /// <summary>
    /// Holds what the caller's token allows. Not that it belongs to a service of the suite: such a service reads everything, and what is sent to an
    /// address is not disclosed to others.
    /// </summary>
    public WebhookRow AllowedBy(Caller caller) => this with
    {
        OwnerId = caller.SubjectId,
        OwnerRoles = [.. caller.Roles.Where(role => role != Roles.Service)],
        OwnerPlaces = [.. caller.Scope.Codes.Select(code => code.Value)],
    };
}

/// <summary>An event that a webhook has not received.</summary>
internal sealed record WebhookDeliveryRow
{
    public Guid EventId { get; init; }

    public long Ordinal { get; init; }

    public string Type { get; init; } = "";

    public string Subject { get; init; } = "";

    public DateTimeOffset EventTime { get; init; }

    public int Attempts { get; init; }

    public int? HttpStatus { get; init; }

    /// <summary>Name of the <see cref="WebhookFailure"/>, or null when it was not tried.</summary>
    public string? Failure { get; init; }

    public DateTimeOffset? FirstAttemptTime { get; init; }

    public DateTimeOffset? AttemptTime { get; init; }

    public DateTimeOffset? NextAttemptTime { get; init; }
}
