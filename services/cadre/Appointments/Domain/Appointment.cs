using Jiceng.Cadre.Organizations.Domain;
using Jiceng.Domain;

namespace Jiceng.Cadre.Appointments.Domain;

/// <summary>The numbers are those of the contract.</summary>
internal enum AppointmentSource
{
    Unspecified = 0,
    Election = 1,
    Appointment = 2,
    Secondment = 3,
    OpenSelection = 4,
    Transfer = 5,
}

internal enum EndReason
{
    Unspecified = 0,
    TermOver = 1,
    Replaced = 2,
    Resigned = 3,
    Transferred = 4,
    Adjusted = 5,
    Retired = 6,
    Died = 7,
}

/// <summary>A person in a post from a first to a last day, both in office.</summary>
internal sealed record Appointment
{
    public required Guid Id { get; init; }

    public required Guid PersonId { get; init; }

    public required string PersonName { get; init; }

    public required Guid OrganizationId { get; init; }

    public required OrganizationKind OrganizationKind { get; init; }

    public required PlaceCode Place { get; init; }

    public required bool Seated { get; init; }

    public required Position Position { get; init; }

    public required AppointmentSource Source { get; init; }

    public required DateOnly StartDate { get; init; }

    public DateOnly? EndDate { get; init; }

    public EndReason EndReason { get; init; }

    public string EndRemark { get; init; } = "";

    public required DateTimeOffset CreateTime { get; init; }

    public required DateTimeOffset UpdateTime { get; init; }

    public required string UpdatedBy { get; init; }

    public required long Version { get; init; }

    private const int YearsAhead = 1;
    private const int TermYears = 10;
    private static readonly DateOnly Earliest = new(1900, 1, 1);

    private DateOnly LastDay => EndDate ?? DateOnly.MaxValue;

    public bool HeadsPlace => Posts.HeadsPlace(Position, OrganizationKind, Seated);

    /// <summary>Refuses days that cannot be those of an appointment made today.</summary>
    public void CheckDays(DateOnly today)
    {
        CheckDay("start_date", StartDate, Earliest, today.AddYears(YearsAhead));
        if (EndDate is { } end)
            CheckDay("end_date", end, StartDate, today.AddYears(TermYears));
    }

    /// <summary>Whether this new appointment is compatible with those of its organisation and person.</summary>
    /// <param name="others">The appointments to the same post of the same organisation, past ones too.</param>
    /// <param name="replace">Whether the holder of a post for one is to be ended.</param>
    /// <returns>The replaced holder's appointment with its new end; null when nobody is replaced.</returns>
    public Appointment? Admit(IReadOnlyCollection<Appointment> others, bool replace)
    {
        var meeting = others.Where(Meets).OrderBy(other => other.StartDate).ToList();
        if (meeting.Find(other => other.PersonId == PersonId) is { } own)
            throw CadreErrors.PostHeldByPerson.With(Named(own, "appointment_id", "start_date", "end_date"));
        if (!Posts.TakesOneHolder(Position) || meeting.Count == 0)
            return null;
        if (!replace)
            throw CadreErrors.PostTaken.With(
                [("position", EnumNames.Of(Position)), .. Named(meeting[0], "appointment_id", "start_date", "end_date")]);
        if (meeting.Find(other => other.StartDate >= StartDate) is { } later)
            throw CadreErrors.HolderNotReplaceable.With(
                [("position", EnumNames.Of(Position)), .. Named(later, "appointment_id", "start_date")]);

        // Holders of a post for one do not meet each other, so only one can have begun earlier and still last.
        return meeting[0] with { EndDate = StartDate.AddDays(-1), EndReason = EndReason.Replaced };
    }

    /// <summary>The appointment with its last day. A last day to come may be brought forward, never put off.</summary>
    public Appointment End(DateOnly day, EndReason reason, string remark, DateOnly today)
    {
        if (EndDate is { } end && (end < today || day >= end))
            throw CadreErrors.AppointmentEnded.With(Named(this, "appointment_id", "end_date"));
        CheckDay("end_date", day, StartDate, today.AddYears(YearsAhead));
        return this with { EndDate = day, EndReason = reason, EndRemark = remark };
    }

    private bool Meets(Appointment other) => StartDate <= other.LastDay && other.StartDate <= LastDay;

    private static void CheckDay(string field, DateOnly day, DateOnly earliest, DateOnly latest)
    {
        if (day >= earliest && day <= latest)
            return;
        throw CadreErrors.AppointmentDates
            .With(("field", field), ("date", Days.Text(day)), ("earliest", Days.Text(earliest)), ("latest", Days.Text(latest)))
            .At(field, $"a day from {Days.Text(earliest)} to {Days.Text(latest)}");
    }

    private static (string Key, string Value)[] Named(Appointment appointment, params string[] keys) =>
    [
        .. keys.Select(key => (key, key switch
        {
            "appointment_id" => appointment.Id.ToString(),
            "start_date" => Days.Text(appointment.StartDate),
            _ => appointment.EndDate is { } end ? Days.Text(end) : "…",
        })),
    ];
}
