using Jiceng.Domain;

namespace Jiceng.Grid.Nodes;

/// <summary>A person on duty in a node (在岗人员).</summary>
internal sealed record Duty(
    Guid DutyId,
    PlaceCode NodeCode,
    Guid PersonId,
    string Role,
    DateTimeOffset StartTime,
    DateTimeOffset? EndTime,
    Guid? AppointmentId,
    long Version)
{
    /// <summary>Role of the person who heads a node (网格长).</summary>
    public const string Head = "head";

    /// <exception cref="ApiException">DUTY_ENDED.</exception>
    public Duty End(DateTimeOffset now) => EndTime is { } ended
        ? throw GridErrors.DutyEnded.With(("end_date", ChinaTime.Day(ended).ToString("O")))
        : this with { EndTime = now, Version = Version + 1 };
}

/// <summary>An appointment that heads a place, as cadre told it.</summary>
internal sealed record HeadAppointment(Guid AppointmentId, Guid PersonId);
