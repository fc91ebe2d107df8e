using Jiceng.Domain;

namespace Jiceng.Grid.Nodes.Domain;

/// <summary>A person on duty in a node (在岗人员).</summary>
internal sealed record Duty
{
    public required Guid DutyId { get; init; }

    public required PlaceCode NodeCode { get; init; }

    public required Guid PersonId { get; init; }

    public required string Role { get; init; }

    public required DateTimeOffset StartTime { get; init; }

    public DateTimeOffset? EndTime { get; init; }

    /// <summary>The appointment that a head follows.</summary>
    public Guid? AppointmentId { get; init; }

    public long Version { get; init; } = 1;

    /// <summary>Role of the person who heads a node (网格长).</summary>
    public const string Head = "head";

    public static Duty Begin(Guid id, PlaceCode node, Guid personId, string role, DateTimeOffset now) => new()
    {
        DutyId = id,
        NodeCode = node,
        PersonId = personId,
        Role = role,
        StartTime = now,
    };

    /// <exception cref="ApiException">DUTY_ENDED.</exception>
    public Duty End(DateTimeOffset now) => EndTime is { } ended
        ? throw GridErrors.DutyEnded.With(("end_date", ChinaTime.Day(ended).ToString("O")))
        : this with { EndTime = now, Version = Version + 1 };
}

/// <summary>An appointment that heads a place, as cadre reported it.</summary>
internal sealed record HeadAppointment(Guid AppointmentId, Guid PersonId);
