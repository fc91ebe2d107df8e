using Jiceng.Cadre.Appointments;
using Jiceng.Cadre.Organizations;
using Jiceng.Domain;

namespace Jiceng.UnitTests.Cadre;

/// <summary>Organisations and appointments that tests change with <c>with</c>.</summary>
internal static class CadreExamples
{
    public static readonly DateOnly Today = new(2026, 3, 31);
    private static readonly DateTimeOffset Now = ChinaTime.StartOf(Today);

    public static Organization Organization(OrganizationKind kind, string place) => new(
        Guid.CreateVersion7(Now), "党组织", kind, PlaceCode.Parse(place), null, OrganizationClass.Unspecified, OrganizationState.Normal, "", false,
        Today, Now, Now, "tests", 1);

    public static Appointment Appointment(Position position, DateOnly start, DateOnly? end = null, Guid? person = null) => new(
        Guid.CreateVersion7(Now), person ?? Guid.CreateVersion7(Now), "张三", Guid.CreateVersion7(Now), OrganizationKind.VillageBranch,
        PlaceCode.Parse("140224205201"), true, position, AppointmentSource.Election, start, end, EndReason.Unspecified, "", Now, Now, "tests", 1);
}
