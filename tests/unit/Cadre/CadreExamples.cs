using Jiceng.Cadre.Appointments.Domain;
using Jiceng.Cadre.Organizations.Domain;
using Jiceng.Domain;

namespace Jiceng.UnitTests.Cadre;

/// <summary>Organisations and appointments that tests change with <c>with</c>.</summary>
internal static class CadreExamples
{
    public static readonly DateOnly Today = new(2026, 3, 31);
    private static readonly DateTimeOffset Now = ChinaTime.StartOf(Today);

    public static Organization Organization(OrganizationKind kind, string place) => new()
    {
        Id = Guid.CreateVersion7(Now),
        Name = "党组织",
        Kind = kind,
        Place = PlaceCode.Parse(place),
        Class = OrganizationClass.Unspecified,
        State = OrganizationState.Normal,
        Seated = false,
        EffectiveDate = Today,
        CreateTime = Now,
        UpdateTime = Now,
        UpdatedBy = "tests",
        Version = 1,
    };

    public static Appointment Appointment(Position position, DateOnly start, DateOnly? end = null, Guid? person = null) => new()
    {
        Id = Guid.CreateVersion7(Now),
        PersonId = person ?? Guid.CreateVersion7(Now),
        PersonName = "张三",
        OrganizationId = Guid.CreateVersion7(Now),
        OrganizationKind = OrganizationKind.VillageBranch,
        Place = PlaceCode.Parse("140224205201"),
        Seated = true,
        Position = position,
        Source = AppointmentSource.Election,
        StartDate = start,
        EndDate = end,
        EndReason = EndReason.Unspecified,
        CreateTime = Now,
        UpdateTime = Now,
        UpdatedBy = "tests",
        Version = 1,
    };
}
